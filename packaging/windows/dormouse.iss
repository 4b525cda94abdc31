; The installer for Windows, for Inno Setup 6.3 or newer. WRITTEN, BUT NOT RUN: nobody has built or installed it yet.
;
;   py packaging\package.py pack
;   ISCC /DVersion=0.1.0 packaging\windows\dormouse.iss
;   ISCC /DVersion=0.1.0 packaging\windows\learning.iss

#ifndef Version
  #error Say the version that pyproject.toml has: ISCC /DVersion=0.1.0 dormouse.iss
#endif

[Setup]
AppId={{6B0E5C0C-6A0F-4B1C-9C55-0D0A4C1E2F31}
AppName=Dormouse
AppVersion={#Version}
AppPublisher=The Dormouse authors
LicenseFile=..\..\LICENSE
; For one person, without asking an administrator: then this is %LOCALAPPDATA%\Programs\Dormouse.
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
DefaultDirName={autopf}\Dormouse
DisableProgramGroupPage=yes
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
Compression=lzma2
SolidCompression=yes
; A window that is open holds its files: it is asked to close.
CloseApplications=yes
ChangesEnvironment=yes
UninstallDisplayIcon={app}\dormousew.exe
OutputDir=..\..\build\package
OutputBaseFilename=dormouse-{#Version}-setup

[Tasks]
Name: desktopicon; Description: "Put Dormouse on the desktop"; Flags: unchecked
Name: path; Description: "Let a terminal find the command dormouse"

[InstallDelete]
; A library that the new version no longer has must not stay.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "..\..\build\package\dormouse\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{autoprograms}\Dormouse"; Filename: "{app}\dormousew.exe"
Name: "{autodesktop}\Dormouse"; Filename: "{app}\dormousew.exe"; Tasks: desktopicon

[Registry]
Root: HKA; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; \
  Tasks: path; Check: not OnPath

[Run]
Filename: "{app}\dormousew.exe"; Description: "Start Dormouse"; Flags: nowait postinstall skipifsilent

[UninstallRun]
; The timer of a person who switched it on would call a program that is gone. What the person has, stays.
Filename: "{app}\dormouse.exe"; Parameters: "nights off"; Flags: runhidden; RunOnceId: "NightsOff"

[Code]
function OnPath: Boolean;
var
  Path: String;
begin
  Result := RegQueryStringValue(HKA, 'Environment', 'Path', Path)
    and (Pos(';' + Uppercase(ExpandConstant('{app}')) + ';', ';' + Uppercase(Path) + ';') > 0);
end;
