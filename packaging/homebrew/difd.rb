# A template, never run: nobody has installed difd by Homebrew. What stands in capitals is to be
# filled in, and `brew update-python-resources difd` writes the resources.
class Difd < Formula
  include Language::Python::Virtualenv

  desc "Finds duplicate and similar pictures without ever losing one"
  homepage "HOMEPAGE"
  url "SOURCE_DISTRIBUTION/difd-2.0.0.tar.gz"
  sha256 "DIGEST"
  license "MIT"

  depends_on "rust" => :build # blake3
  depends_on "jpeg-turbo"
  depends_on "libheif"
  depends_on "numpy"
  depends_on "pillow"
  depends_on "python@3.13"
  depends_on "zeromq"

  # RESOURCES

  def install
    virtualenv_install_with_resources
    generate_completions_from_executable(bin/"difctl", shell_parameter_format: :click)
    man1.mkpath
    system libexec/"bin/python", "packaging/debian/manual.py", man1
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/difctl --version")
    assert_match "no picture", shell_output("#{bin}/difctl search #{testpath} 2>&1", 4)
  end
end
