#include "config/document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>
#include <tuple>
#include <utility>

namespace wayside::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::optional<std::string> read_text(const std::string& file, const Files& files, Problems& problems) {
  auto read = files.read(file);
  if (!read) {
    problems.push_back({{file, 1, 1}, read.error().what});
    return std::nullopt;
  }
  auto text = *std::move(read);
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

std::optional<Document> read_document(const std::string& file, Problems& problems, const Files& files) {
  auto text = read_text(file, files, problems);
  if (!text) return std::nullopt;
  auto document = parse_document(file, *std::move(text), problems);
  if (document) document->files = &files;
  return document;
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
