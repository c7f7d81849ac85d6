#include "config/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace wayside::config {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxFileSize = 4U * 1024 * 1024;

base::Error failed(std::string what) { return {base::Errc::io, base::Consequence::fatal, std::move(what)}; }

class Disk final : public Files {
 public:
  [[nodiscard]] FileKind kind(const std::string& path) const override {
    std::error_code error;
    const auto status = fs::status(path, error);
    if (!fs::exists(status)) return FileKind::missing;
    if (fs::is_directory(status)) return FileKind::folder;
    return fs::is_regular_file(status) ? FileKind::file : FileKind::other;
  }

  [[nodiscard]] base::Result<std::string> read(const std::string& path) const override {
    switch (kind(path)) {
      case FileKind::missing: return failed("no such file");
      case FileKind::folder:
      case FileKind::other: return failed("expected a file, found something else");
      case FileKind::file: break;
    }
    std::error_code error;
    const auto size = fs::file_size(path, error);
    if (!error && size > kMaxFileSize) {
      return failed(fmt::format("the file is too large: {} bytes, the limit is {}", size, kMaxFileSize));
    }
    std::ifstream in(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in.is_open() || in.bad()) return failed("the file cannot be read; check its permissions");
    return text;
  }

  [[nodiscard]] base::Result<std::vector<std::string>> list(const std::string& folder) const override {
    std::vector<std::string> out;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      out.push_back(it->path().string());
    }
    if (error) return failed(error.message());
    std::ranges::sort(out);  // the order of a folder is no order
    return out;
  }

  [[nodiscard]] std::string canonical(const std::string& path) const override {
    std::error_code error;
    auto out = fs::weakly_canonical(path, error).string();
    return error ? path : out;
  }
};

}  // namespace

const Files& disk() {
  static const Disk disk;
  return disk;
}

std::string plain_path(const std::string& path) {
  std::error_code error;
  const auto absolute = fs::absolute(path, error);
  return (error ? fs::path(path) : absolute).lexically_normal().string();
}

base::Result<std::string> NotedFiles::read(const std::string& path) const {
  auto text = from_.read(path);
  if (text) texts_[plain_path(path)] = *text;
  return text;
}

KeptFiles::KeptFiles(FileTexts texts) : texts_(std::move(texts)) {}

base::Result<std::vector<std::string>> OverlaidFiles::list(const std::string& folder) const {
  if (under_.kind(folder) != FileKind::folder) return over_.list(folder);
  auto out = under_.list(folder);
  if (!out || over_.kind(folder) != FileKind::folder) return out;
  const auto over = over_.list(folder);
  if (!over) return over;
  out->insert(out->end(), over->begin(), over->end());
  std::ranges::sort(*out);
  const auto twice = std::ranges::unique(*out);
  out->erase(twice.begin(), twice.end());
  return out;
}

FileKind KeptFiles::kind(const std::string& path) const {
  const auto plain = plain_path(path);
  if (texts_.contains(plain)) return FileKind::file;
  const auto inside = plain.ends_with('/') ? plain : plain + '/';
  const auto first = texts_.lower_bound(inside);
  return first != texts_.end() && first->first.starts_with(inside) ? FileKind::folder : FileKind::missing;
}

base::Result<std::string> KeptFiles::read(const std::string& path) const {
  const auto found = texts_.find(plain_path(path));
  if (found == texts_.end()) return failed("no such file in this version");
  return found->second;
}

base::Result<std::vector<std::string>> KeptFiles::list(const std::string& folder) const {
  std::vector<std::string> out;
  for (const auto& [path, text] : texts_) {
    if (fs::path(path).parent_path() == fs::path(canonical(folder))) out.push_back(path);
  }
  return out;
}

std::string KeptFiles::canonical(const std::string& path) const {
  auto plain = plain_path(path);
  if (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
  return plain;
}

}  // namespace wayside::config
