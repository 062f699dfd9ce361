# A template, never run: nobody has built difd with nix. What stands in capitals is to be filled in,
# and the names of packages are to be checked.
{
  lib,
  python3Packages,
  fetchPypi,
  installShellFiles,
}:

python3Packages.buildPythonApplication rec {
  pname = "difd";
  version = "2.0.0";
  pyproject = true;

  src = fetchPypi {
    inherit pname version;
    hash = "DIGEST";
  };

  build-system = with python3Packages; [
    babel
    hatchling
    setuptools
  ];

  dependencies = with python3Packages; [
    blake3
    click
    desktop-notifier
    h11
    inotify-simple
    jinja2
    msgspec
    numpy
    pathspec
    pillow
    pillow-heif
    platformdirs
    pystray
    pyzmq
    rich
    simplejpeg
    starlette
    tomlkit
    uvicorn
    xxhash
  ];

  nativeBuildInputs = [ installShellFiles ];

  postInstall = ''
    mkdir pages
    PYTHONPATH=$out/${python3Packages.python.sitePackages}:$PYTHONPATH \
      ${python3Packages.python.interpreter} packaging/debian/manual.py pages
    installManPage pages/*.1
    for shell in bash zsh fish; do
      _DIFCTL_COMPLETE=''${shell}_source $out/bin/difctl > difctl.$shell
    done
    installShellCompletion difctl.bash difctl.fish --zsh --name _difctl difctl.zsh
  '';

  pythonImportsCheck = [
    "difd"
    "difclient"
    "difshell"
  ];

  meta = {
    description = "Finds duplicate and similar pictures without ever losing one";
    license = lib.licenses.mit;
    mainProgram = "difctl";
    platforms = lib.platforms.linux;
  };
}
