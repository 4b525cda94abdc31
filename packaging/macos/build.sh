#!/bin/sh
# The disk image for macOS. WRITTEN, BUT NOT RUN: nobody has built or opened it yet.
#
#   export DORMOUSE_IDENTITY="Developer ID Application: ..." DORMOUSE_NOTARY="a keychain profile of notarytool's"
#   python3 packaging/package.py pack && sh packaging/macos/build.sh
#
# Without DORMOUSE_IDENTITY it is signed for this Mac alone; without DORMOUSE_NOTARY others must allow it by hand.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../../build/package}
version=$(python3 -c "import tomllib; print(tomllib.load(open('$here/../../pyproject.toml', 'rb'))['project']['version'])")
app=$out/Dormouse.app

# Sealed, nothing may be put into the app any more: the learning pack is unpacked among the person's own data, where Dormouse
# looks for it too.
codesign --verify --deep --strict "$app"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp -R "$app" "$stage/"
ln -s /Applications "$stage/Applications"
image=$out/dormouse-$version.dmg
hdiutil create -volname Dormouse -srcfolder "$stage" -ov -format UDZO "$image"
if [ -n "${DORMOUSE_NOTARY:-}" ]; then
  xcrun notarytool submit "$image" --keychain-profile "$DORMOUSE_NOTARY" --wait
  xcrun stapler staple "$image"
fi

pack=$out/dormouse-learning-$version-$(uname -m).tar.gz
tar -C "$out" -s /^learning-pack/dormouse-learning-pack/ -czf "$pack" learning-pack
echo "$image"
echo "$pack: tar -xzf it in '$HOME/Library/Application Support'"
