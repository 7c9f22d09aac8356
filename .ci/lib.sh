# Sourced by .ci/run and .ci/demo: sets up what both need, saying what it does before it does it.
# shellcheck shell=bash

say() { printf '\n== %s\n' "$*"; }

fail() {
    printf '\nStopped: %s\n' "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Install the Debian package of every command that is missing, and nothing else: COMMAND:PACKAGE...
commands() {
    local pair missing=()
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
    done
    [ ${#missing[@]} -eq 0 ] || debian_packages "${missing[@]}"
}

# What Qt needs of Debian to paint in a window and without one, and the letters it paints.
SCREEN_LIBRARIES=(
    libEGL.so.1:libegl1 libGL.so.1:libgl1 libglib-2.0.so.0:libglib2.0-0
    libxkbcommon.so.0:libxkbcommon0 libfontconfig.so.1:libfontconfig1
    libxcb-cursor.so.0:libxcb-cursor0 libxcb-icccm.so.4:libxcb-icccm4
    libxcb-keysyms.so.1:libxcb-keysyms1 libxkbcommon-x11.so.0:libxkbcommon-x11-0
    libX11-xcb.so.1:libx11-xcb1 libxcb-randr.so.0:libxcb-randr0 libxcb-shape.so.0:libxcb-shape0
    libxcb-shm.so.0:libxcb-shm0 libxcb-sync.so.1:libxcb-sync1 libxcb-xfixes.so.0:libxcb-xfixes0
    /usr/share/fonts/truetype/open-sans:fonts-open-sans
)

# The same for shared libraries and for files: SONAME:PACKAGE... or PATH:PACKAGE...
libraries() {
    local pair missing=()
    for pair in "$@"; do
        case ${pair%%:*} in
        /*) [ -e "${pair%%:*}" ] || missing+=("${pair##*:}") ;;
        *) ldconfig -p | grep -q "^[[:space:]]*${pair%%:*} " || missing+=("${pair##*:}") ;;
        esac
    done
    [ ${#missing[@]} -eq 0 ] || debian_packages "${missing[@]}"
}

debian_packages() {
    command -v apt-get >/dev/null || fail "install these first, by your system's means: $*"
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
        fail "there is no sudo; as root, run: apt-get update && apt-get install --yes $*"
    say "Installing Debian packages: $*"
    as_root apt-get update --quiet=2 || fail "apt-get update failed; is there a network?"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes \
        --no-install-recommends "$@" </dev/null >/dev/null ||
        fail "Debian has not given these packages: $*"
}

# Find the Python to build on, and give it what Debian's lacks: venv cannot work without ensurepip.
find_python() {
    PYTHON=${PYTHON:-python3}
    command -v "$PYTHON" >/dev/null || fail "there is no $PYTHON; install Debian's package python3"
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Hearth needs Python 3.11 or newer, and $("$PYTHON" --version) is older"
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || debian_packages python3-venv
}

# Make or refresh a virtual environment with exactly the pinned packages: environment DIR PINS...
environment() {
    local dir=$1 pins=()
    shift
    if ! "$dir/bin/python" -c '' 2>/dev/null; then
        say "Making a virtual environment in $dir ($("$PYTHON" --version))"
        "$PYTHON" -m venv "$dir" || fail "no virtual environment could be made in $dir"
    fi
    local name
    for name in "$@"; do pins+=(--requirement ".ci/pins/$name.txt"); done
    say "Installing pinned packages: $*"
    "$dir/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
        --only-binary :all: --require-hashes "${pins[@]}" </dev/null ||
        fail "pip could not install the pinned packages; its last lines say which"
}

# Install this checkout, editable or as given: the_project DIR [--editable].
the_project() {
    local dir=$1
    shift
    "$dir/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
        --no-deps --no-build-isolation --force-reinstall "$@" . </dev/null ||
        fail "pip could not install Hearth itself into $dir"
}
