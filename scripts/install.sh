#!/bin/sh
# Installs the okws executable of this machine's platform, or removes it; see --help.
set -eu

releases=https://github.com/oscnet/okws/releases

# help: not read from this file, since the script may have come through a pipe.
help() {
  cat <<'END'
Installs the okws executable of this machine's platform, or removes it:

  sh install.sh [--version 2.1.0] [--to FOLDER] [--from FOLDER-OR-URL]
  sh install.sh --uninstall [--to FOLDER]

The newest release is taken when no version is named. What is downloaded is compared with the checksums of the release,
and tried, before it takes the place of what is there. The folder is /usr/local/bin for root and ~/.local/bin otherwise.
TMPDIR names the folder where the download is unpacked and tried; /tmp when it is not set.
END
}

fail() {
  echo "install.sh: $1" >&2
  exit "${2:-1}"
}

has() {
  command -v "$1" >/dev/null 2>&1
}

# platform: prints it as it stands in the names of the archives.
platform() {
  case "$(uname -s)" in
  Linux) system=linux ;;
  Darwin) system=macos ;;
  *) fail "there is no archive for $(uname -s); on Windows take okws-windows-x64.tar.gz from $releases" ;;
  esac
  case "$(uname -m)" in
  x86_64 | amd64) machine=x64 ;;
  aarch64 | arm64) machine=arm64 ;;
  *) fail "there is no archive for a $(uname -m); okws can be run from its sources with Deno" ;;
  esac
  if [ "$system" = linux ] && ! ldd --version 2>&1 | grep -qiE 'glibc|gnu libc'; then
    fail "the executable needs glibc, which this Linux does not have; take the image, or run okws from its sources with Deno"
  fi
  echo "$system-$machine"
}

# fetch NAME FILE: gets a file of the release.
fetch() {
  case "$from" in
  http://* | https://*)
    if has curl; then
      curl --fail --silent --show-error --location --retry 3 --connect-timeout 20 --output "$2" "$from/$1"
    elif has wget; then
      wget --quiet --tries=3 --timeout=20 --output-document="$2" "$from/$1"
    else
      fail "neither curl nor wget is here"
    fi || fail "$from/$1 cannot be had${hint:+; $hint}"
    ;;
  *) cp -- "$from/$1" "$2" 2>/dev/null || fail "there is no $from/$1" ;;
  esac
}

sum() {
  if has sha256sum; then
    sha256sum <"$1"
  elif has shasum; then
    shasum -a 256 <"$1"
  else
    fail "neither sha256sum nor shasum is here, so that nothing could be checked"
  fi | cut -d ' ' -f 1
}

# version_of FILE: prints "okws 2.1.0" where the file is okws and runs here; fails otherwise.
version_of() {
  said=$("$1" --version 2>/dev/null </dev/null) || return 1
  case "$said" in
  "okws "[0-9]*) echo "$said" ;;
  *) return 1 ;;
  esac
}

# runs_programs FOLDER: whether a program there can be run, which it cannot where the mount is noexec.
runs_programs() {
  printf '#!/bin/sh\n' >"$1/probe" && chmod +x "$1/probe" && "$1/probe" 2>/dev/null
}

version=
folder=
from=
remove=false
while [ $# -gt 0 ]; do
  case "$1" in
  --version | --to | --from)
    [ -n "${2:-}" ] || fail "$1 needs a value" 2
    case "$1" in
    --version) version=${2#v} ;;
    --to) folder=$2 ;;
    --from) from=$2 ;;
    esac
    shift 2
    ;;
  --uninstall)
    remove=true
    shift
    ;;
  -h | --help)
    help
    exit 0
    ;;
  *) fail "unknown option $1; see --help" 2 ;;
  esac
done

if [ -z "$folder" ]; then
  if [ "$(id -u)" = 0 ]; then folder=/usr/local/bin; else folder=${HOME:?}/.local/bin; fi
fi

if $remove; then
  [ -e "$folder/okws" ] || [ -L "$folder/okws" ] || fail "there is no $folder/okws"
  [ ! -d "$folder/okws" ] || fail "$folder/okws is a folder, not the program; nothing was removed"
  removed=$(version_of "$folder/okws") ||
    fail "$folder/okws does not say that it is okws ($folder/okws --version); nothing was removed: if it is okws all the same, remove it with rm $folder/okws"
  if [ -e /etc/systemd/system/okws.service ] || [ -e /Library/LaunchDaemons/com.okws.okws.plist ]; then
    echo "install.sh: a service is installed; okws service uninstall removes it, if that is wanted, before the program goes" >&2
  fi
  rm -- "$folder/okws"
  echo "removed $removed from $folder/okws; configuration and data are left alone"
  exit 0
fi

hint=
if [ -z "$from" ]; then
  if [ -n "$version" ]; then from=$releases/download/v$version; else from=$releases/latest/download; fi
  hint="see $releases for what there is"
fi
has tar || fail "tar is not here"

archive=okws-$(platform).tar.gz || exit
temporary=${TMPDIR:-/tmp}
work=$(mktemp -d "$temporary/okws-install.XXXXXX") ||
  fail "no folder can be made in $temporary; name another one with TMPDIR=/FOLDER"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

fetch SHA256SUMS "$work/SHA256SUMS"
expected=$(sed -n "s/^\([0-9a-f]\{64\}\)  $archive\$/\1/p" "$work/SHA256SUMS")
[ -n "$expected" ] || fail "SHA256SUMS of $from does not name $archive"
echo "downloading $archive from $from"
fetch "$archive" "$work/$archive"
found=$(sum "$work/$archive")
[ "$found" = "$expected" ] ||
  fail "$archive is not what the release says: SHA-256 $found instead of $expected; nothing was installed"

tar -xzf "$work/$archive" -C "$work" ./okws
runs_programs "$work" ||
  fail "no program can be run in $temporary (mounted noexec?), so that the executable cannot be tried; nothing was installed: name another folder with TMPDIR=/FOLDER"
said=$("$work/okws" --version) || fail "the executable does not run on this machine; nothing was installed"
if [ -n "$version" ] && [ "$said" != "okws $version" ]; then
  fail "$from has $said, not okws $version; nothing was installed"
fi

[ ! -d "$folder/okws" ] || fail "$folder/okws is a folder; name another place with --to"
if [ -e "$folder/okws" ] && ! version_of "$folder/okws" >/dev/null; then
  fail "$folder/okws does not say that it is okws ($folder/okws --version); nothing was installed: remove it, or name another folder with --to"
fi
mkdir -p -- "$folder" || fail "$folder cannot be made; name another with --to"
# In one step, so that a service that starts meanwhile finds a whole program.
{ cp -- "$work/okws" "$folder/.okws.new.$$" && mv -f -- "$folder/.okws.new.$$" "$folder/okws"; } || {
  rm -f -- "$folder/.okws.new.$$"
  fail "$folder cannot be written; run this as root, or name another folder with --to"
}
echo "installed $said as $folder/okws"
case ":$PATH:" in
*":$folder:"*) echo "try it: okws demo" ;;
*) echo "$folder is not in PATH; try it: $folder/okws demo" ;;
esac
