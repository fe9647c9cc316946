# What a formula needs of Homebrew on this machine: it takes the part of it that is for this processor, installs from the
# folder that the archive was unpacked into, and runs its test. Arguments: formula, folder, prefix, intel or arm.
require "fileutils"

FORMULA, UNPACKED, PREFIX, PROCESSOR = ARGV

class Place
  def initialize(path) = @path = "#{PREFIX}/#{path}"

  def install(*files)
    FileUtils.mkdir_p(@path)
    files.each do |file|
      pairs = file.is_a?(Hash) ? file : { file => File.basename(file) }
      pairs.each { |from, to| FileUtils.cp(from, "#{@path}/#{to}") }
    end
  end

  def to_s = @path
end

class Formula
  class << self
    def facts = @facts ||= {}
    def on_macos = nil
    def on_linux = yield
    def on_intel = (yield if PROCESSOR == "intel")
    def on_arm = (yield if PROCESSOR == "arm")
    def test(&block) = define_method(:run_test, &block)
    def method_missing(name, *values) = facts[name] = values.first
    def respond_to_missing?(*) = true
  end

  PLACES = {
    bin: "bin", man1: "share/man/man1", pkgshare: "share/okws", bash_completion: "etc/bash_completion.d",
    fish_completion: "share/fish/vendor_completions.d", zsh_completion: "share/zsh/site-functions"
  }.freeze
  PLACES.each { |name, path| define_method(name) { Place.new(path) } }

  def version = self.class.facts.fetch(:version)
  def shell_output(command) = `#{command}`
  def assert_match(part, text) = text.include?(part) || raise("#{part} is not in #{text}")
end

load FORMULA
formula = Okws.new
Dir.chdir(UNPACKED) { formula.install }
formula.run_test
puts Okws.facts.values_at(:url, :sha256), formula.caveats
