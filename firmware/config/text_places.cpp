#include "config/text_places.hpp"

namespace wayside::config {
namespace {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

class TextFinder {
 public:
  TextFinder(std::string_view document, TextStart start)
      : document_(document), at_(start.offset), line_(start.line), column_(start.column) {}

  std::vector<model::TextPiece> run(std::string_view value) {
    enter();
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (is_blank(value[i])) continue;
      skip_blanks();
      const auto size = written(value[i]);
      if (size == 0) break;
      add(i);
      move(size);
    }
    return std::move(pieces_);
  }

 private:
  [[nodiscard]] char here(std::size_t further = 0) const {
    return at_ + further < document_.size() ? document_[at_ + further] : '\0';
  }

  void move(std::size_t bytes) {
    for (; bytes > 0 && at_ < document_.size(); --bytes, ++at_) {
      ++column_;
      if (document_[at_] != '\n') continue;
      ++line_;
      column_ = 1;
    }
  }

  // Past the quote, or the head of a block.
  void enter() {
    const char first = here();
    if (first == '"' || first == '\'') {
      quote_ = first;
      move(1);
    } else if (first == '|' || first == '>') {
      while (at_ < document_.size() && here() != '\n') move(1);
    }
  }

  void skip_blanks() {
    for (;;) {
      if (is_blank(here())) {
        move(1);
      } else if (quote_ == '"' && here() == '\\' && (is_blank(here(1)) || here(1) == 'n' || here(1) == 't')) {
        move(2);
      } else {
        return;
      }
    }
  }

  // How many bytes of the document are this character; 0: something else stands there.
  [[nodiscard]] std::size_t written(char c) const {
    if (at_ >= document_.size()) return 0;
    if (quote_ == '"' && here() == '\\') return here(1) == c && (c == '"' || c == '\\' || c == '/') ? 2 : 0;
    if (here() != c) return 0;
    return quote_ == '\'' && c == '\'' ? 2 : 1;
  }

  void add(std::size_t offset) {
    if (!pieces_.empty()) {
      const auto& last = pieces_.back();
      if (last.line == line_ && last.column + static_cast<int>(offset - last.offset) == column_) return;
    }
    pieces_.push_back({offset, line_, column_});
  }

  std::string_view document_;
  std::size_t at_;
  int line_;
  int column_;
  char quote_ = '\0';
  std::vector<model::TextPiece> pieces_;
};

}  // namespace

std::vector<model::TextPiece> find_text(std::string_view document, TextStart start, std::string_view value) {
  return TextFinder(document, start).run(value);
}

}  // namespace wayside::config
