; The learning pack for Windows, for Inno Setup 6.3 or newer. WRITTEN, BUT NOT RUN. How: see dormouse.iss.
; It goes where Dormouse looks among the person's own data (`places` in app/frozen.py), whoever installed the program.

#ifndef Version
  #error Say the version that pyproject.toml has: ISCC /DVersion=0.1.0 learning.iss
#endif

[Setup]
AppId={{B2B3A7E4-3C57-4E0B-8A25-8C1B0E8B7F02}
AppName=Dormouse learning pack
AppVersion={#Version}
AppPublisher=The Dormouse authors
PrivilegesRequired=lowest
DefaultDirName={localappdata}\dormouse-learning-pack
DisableDirPage=yes
DisableProgramGroupPage=yes
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
Compression=lzma2
OutputDir=..\..\build\package
OutputBaseFilename=dormouse-learning-{#Version}-setup

[InstallDelete]
Type: filesandordirs; Name: "{app}"

[Files]
Source: "..\..\build\package\learning-pack\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion
