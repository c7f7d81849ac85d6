#include "config/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>
#include <tuple>
#include <utility>

namespace wayside::config {
namespace {

constexpr std::uintmax_t kMaxFileSize = 4U * 1024 * 1024;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::optional<std::string> read_text(const std::string& file, Problems& problems) {
  const model::SourcePlace start{file, 1, 1};
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) {
    problems.push_back({start, "no such file"});
    return std::nullopt;
  }
  if (!std::filesystem::is_regular_file(status)) {
    problems.push_back({start, "expected a file, found something else"});
    return std::nullopt;
  }
  const auto size = std::filesystem::file_size(file, error);
  if (!error && size > kMaxFileSize) {
    problems.push_back({start, fmt::format("the file is too large: {} bytes, the limit is {}", size, kMaxFileSize)});
    return std::nullopt;
  }
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.is_open() || in.bad()) {
    problems.push_back({start, "the file cannot be read; check its permissions"});
    return std::nullopt;
  }
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  return text;
}

}  // namespace

std::optional<Document> read_document(const std::string& file, Problems& problems) {
  auto text = read_text(file, problems);
  if (!text) return std::nullopt;
  try {
    const auto documents = YAML::LoadAll(*text);
    if (documents.size() > 1) {
      problems.push_back({{file, 1, 1}, fmt::format("expected one YAML document, found {}", documents.size())});
      return std::nullopt;
    }
    return Document{file, *std::move(text), documents.empty() ? YAML::Node{} : documents.front()};
  } catch (const YAML::Exception& e) {
    problems.push_back(
        {{file, std::max(e.mark.line, 0) + 1, std::max(e.mark.column, 0) + 1}, "not valid YAML: " + e.msg});
  }
  return std::nullopt;
}

void sort_problems(Problems& problems) {
  std::map<std::string, std::size_t> rank;
  for (const auto& p : problems) rank.try_emplace(p.place.file, rank.size());
  const auto key = [&rank](const Problem& p) {
    return std::tuple(rank.find(p.place.file)->second, p.place.line, p.place.column);
  };
  std::ranges::stable_sort(problems, {}, key);
  const auto same = [&key](const Problem& a, const Problem& b) { return key(a) == key(b) && a.what == b.what; };
  const auto rest = std::ranges::unique(problems, same);
  problems.erase(rest.begin(), rest.end());
}

std::string relative_to(const std::string& file, const std::string& path) {
  return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

}  // namespace wayside::config
