#include "config/document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
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

// yaml-cpp counts from 0, and gives -1 where it does not know.
model::SourcePlace place_of(const std::string& file, const YAML::Mark& mark) {
  return {file, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
}

// Where each document begins, and nothing else.
class DocumentStarts : public YAML::EventHandler {
 public:
  std::vector<YAML::Mark> marks;

  void OnDocumentStart(const YAML::Mark& mark) override { marks.push_back(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// YAML::Load would leave out what follows the first document. YAML::LoadAll never ends on text that begins with a
// stray ',', since such a document takes no token (yaml-cpp 0.7): so look no further than the second.
std::optional<YAML::Mark> second_document(const std::string& text) {
  std::istringstream in(text);
  YAML::Parser parser(in);
  DocumentStarts starts;
  while (starts.marks.size() < 2 && parser.HandleNextDocument(starts)) {
  }
  if (starts.marks.size() < 2) return std::nullopt;
  return starts.marks[1];
}

}  // namespace

std::optional<Document> read_document(const std::string& file, Problems& problems) {
  auto text = read_text(file, problems);
  if (!text) return std::nullopt;
  return parse_document(file, *std::move(text), problems);
}

std::optional<Document> parse_document(const std::string& file, std::string text, Problems& problems) {
  try {
    if (const auto extra = second_document(text)) {
      problems.push_back(
          {place_of(file, *extra), "expected one YAML document, found more: a '---', or a bracket or comma too many"});
      return std::nullopt;
    }
    auto root = YAML::Load(text);
    return Document{file, std::move(text), std::move(root)};
  } catch (const YAML::Exception& e) {
    problems.push_back({place_of(file, e.mark), "not valid YAML: " + e.msg});
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
