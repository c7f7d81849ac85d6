#include "rules/language/parser.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "rules/language/lexer.hpp"
#include "rules/nearest.hpp"

namespace wayside::rules {
namespace {

std::optional<NodeKind> comparison(TokenKind kind) {
  if (kind == TokenKind::equal) return NodeKind::equal;
  if (kind == TokenKind::not_equal) return NodeKind::not_equal;
  if (kind == TokenKind::less) return NodeKind::less;
  if (kind == TokenKind::less_equal) return NodeKind::less_equal;
  if (kind == TokenKind::greater) return NodeKind::greater;
  if (kind == TokenKind::greater_equal) return NodeKind::greater_equal;
  return std::nullopt;
}

// One function per level of the grammar. Each returns null after an error; the first error stays.
class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Parsed run() {
    NodePtr root = any();
    if (root && peek().kind != TokenKind::end) root = unexpected();
    return {std::move(root), std::move(error_)};
  }

  // After an error: it came of there being no more tokens.
  [[nodiscard]] bool stopped_at_end() const { return peek().kind == TokenKind::end; }

 private:
  NodePtr any() {
    NodePtr left = conjunction();
    while (left && peek().kind == TokenKind::word_or) {
      const std::size_t offset = take().offset;
      left = join(NodeKind::logical_or, offset, std::move(left), conjunction());
    }
    return left;
  }

  NodePtr conjunction() {
    NodePtr left = negation();
    while (left && peek().kind == TokenKind::word_and) {
      const std::size_t offset = take().offset;
      left = join(NodeKind::logical_and, offset, std::move(left), negation());
    }
    return left;
  }

  NodePtr negation() {
    if (peek().kind != TokenKind::word_not) return compared();
    const std::size_t offset = take().offset;
    if (!enter(offset)) return nullptr;
    NodePtr operand = negation();
    --depth_;
    return wrap(NodeKind::logical_not, offset, std::move(operand));
  }

  NodePtr compared() {
    NodePtr left = sum();
    const auto kind = comparison(peek().kind);
    if (!left || !kind) return left;
    const std::size_t offset = take().offset;
    NodePtr node = join(*kind, offset, std::move(left), sum());
    if (!node || !comparison(peek().kind)) return node;
    return fail(peek().offset, fmt::format("comparisons do not chain at '{}', write a < b and b < c", peek().text));
  }

  NodePtr sum() {
    NodePtr left = product();
    while (left && (peek().kind == TokenKind::plus || peek().kind == TokenKind::minus)) {
      const Token& mark = take();
      const auto kind = mark.kind == TokenKind::plus ? NodeKind::add : NodeKind::subtract;
      left = join(kind, mark.offset, std::move(left), product());
    }
    return left;
  }

  NodePtr product() {
    NodePtr left = unary();
    while (left && (peek().kind == TokenKind::star || peek().kind == TokenKind::slash)) {
      const Token& mark = take();
      const auto kind = mark.kind == TokenKind::star ? NodeKind::multiply : NodeKind::divide;
      left = join(kind, mark.offset, std::move(left), unary());
    }
    return left;
  }

  NodePtr unary() {
    if (peek().kind != TokenKind::minus) return primary();
    const std::size_t offset = take().offset;
    if (!enter(offset)) return nullptr;
    NodePtr operand = unary();
    --depth_;
    return wrap(NodeKind::negate, offset, std::move(operand));
  }

  NodePtr primary() {
    const Token& token = peek();
    if (token.kind == TokenKind::number) return leaf_at(NodeKind::number, take().offset, token.number);
    if (token.kind == TokenKind::word_true) return leaf_at(NodeKind::truth, take().offset, 1);
    if (token.kind == TokenKind::word_false) return leaf_at(NodeKind::truth, take().offset, 0);
    if (token.kind == TokenKind::duration) return leaf_at(NodeKind::duration, take().offset, token.number);
    if (token.kind == TokenKind::text) return quoted();
    if (token.kind == TokenKind::name) return point();
    if (token.kind == TokenKind::open_paren) return parenthesised();
    return unexpected();
  }

  NodePtr quoted() {
    const Token& token = take();
    NodePtr node = leaf_at(NodeKind::text, token.offset, 0);
    node->text = token.text;
    return node;
  }

  NodePtr parenthesised() {
    const std::size_t open = take().offset;
    if (!enter(open)) return nullptr;
    NodePtr inner = any();
    --depth_;
    if (!inner) return nullptr;
    if (peek().kind == TokenKind::end) return fail(open, "this '(' is not closed");
    if (peek().kind != TokenKind::close_paren) return unexpected();
    take();
    return inner;
  }

  NodePtr point() {
    const Token& name = take();
    if (peek().kind == TokenKind::open_paren) return call(name);
    if (peek().kind == TokenKind::word_by && find_aggregation(name.text)) return aggregate_by_first(name);
    NodePtr node = leaf_at(NodeKind::point, name.offset, 0);
    node->point.metric = name.text;
    if (peek().kind == TokenKind::open_brace && !selector(node->point)) return nullptr;
    if (peek().kind != TokenKind::open_bracket) return node;
    return fail(peek().offset,
                fmt::format("unexpected '[', write the duration as an argument: avg_over({}, 5m)", node->point.metric));
  }

  // sum by (feeder) (power)
  NodePtr aggregate_by_first(const Token& name) {
    std::vector<std::string> by;
    if (!grouping(by)) return nullptr;
    if (peek().kind != TokenKind::open_paren) {
      return fail(peek().offset, fmt::format("unexpected '{}', write {} by (label) (x)", peek().text, name.text));
    }
    auto arguments = list();
    if (!arguments) return nullptr;
    if (arguments->size() == 1) return aggregate(name, std::move(arguments->front()), std::move(by));
    return fail(name.offset, fmt::format("{} by (...) takes one argument", name.text));
  }

  // One argument of sum, avg, min, max, count or share: across points. Otherwise a function.
  NodePtr call(const Token& name) {
    auto arguments = list();
    if (!arguments) return nullptr;
    if (find_aggregation(name.text) && arguments->size() == 1) {
      std::vector<std::string> by;
      if (peek().kind == TokenKind::word_by && !grouping(by)) return nullptr;
      return aggregate(name, std::move(arguments->front()), std::move(by));
    }
    const Function* const function = find_function(name.text);
    if (function == nullptr) {
      return fail(name.offset, fmt::format("there is no function \"{}\" of {} arguments{}", name.text,
                                           arguments->size(), nearest_hint(name.text, function_names())));
    }
    NodePtr node = leaf_at(NodeKind::call, name.offset, 0);
    node->function = function;
    node->arguments = *std::move(arguments);
    if (function->kind == FunctionKind::fibre && peek().kind == TokenKind::word_by && !grouping(node->by)) {
      return nullptr;
    }
    return node;
  }

  static NodePtr aggregate(const Token& name, NodePtr inner, std::vector<std::string> by) {
    NodePtr node = wrap(NodeKind::aggregate, name.offset, std::move(inner));
    node->aggregation = *find_aggregation(name.text);
    node->by = std::move(by);
    return node;
  }

  // by (label, ...)
  bool grouping(std::vector<std::string>& by) {
    take();
    bool fine = peek().kind == TokenKind::open_paren;
    while (fine && (by.empty() || peek().kind == TokenKind::comma)) {
      take();
      fine = peek().kind == TokenKind::name;
      if (fine) by.push_back(take().text);
    }
    if (fine && peek().kind == TokenKind::close_paren) {
      take();
      return true;
    }
    fail(peek().offset, fmt::format("unexpected '{}', write by (label, ...)", peek().text));
    return false;
  }

  // ( a, b, ... )
  std::optional<std::vector<NodePtr>> list() {
    const std::size_t open = take().offset;
    if (!enter(open)) return std::nullopt;
    std::vector<NodePtr> out;
    while (peek().kind != TokenKind::close_paren) {
      NodePtr one = any();
      if (!one) return std::nullopt;
      out.push_back(std::move(one));
      if (peek().kind == TokenKind::comma && out.size() < kMostArguments) {
        take();
      } else if (peek().kind != TokenKind::close_paren) {
        if (peek().kind == TokenKind::end) {
          fail(open, "this '(' is not closed");
        } else if (peek().kind == TokenKind::comma) {
          fail(peek().offset, fmt::format("more than {} arguments", kMostArguments));
        } else {
          unexpected();
        }
        return std::nullopt;
      }
    }
    take();
    --depth_;
    return out;
  }

  bool selector(PointReference& point) {
    const std::size_t open = take().offset;
    point.has_selector = true;
    while (peek().kind != TokenKind::close_brace) {
      if (!label(point, open)) return false;
      if (peek().kind == TokenKind::comma) {
        take();
      } else if (peek().kind != TokenKind::close_brace) {
        return wanted("',' or '}'", open);
      }
    }
    take();
    if (!point.labels.empty()) return true;
    fail(open, "an empty selector picks nothing, leave out '{}' or name a label");
    return false;
  }

  bool label(PointReference& point, std::size_t open) {
    if (peek().kind != TokenKind::name) return wanted("a label", open);
    const Token& name = take();
    if (peek().kind != TokenKind::assign) return wanted(fmt::format("'=' after label {}", name.text), open);
    take();
    if (peek().kind != TokenKind::text) return wanted(fmt::format("{}=\"...\"", name.text), open);
    if (!point.labels.emplace(name.text, take().text).second) {
      fail(name.offset, fmt::format("label {} is given twice", name.text));
      return false;
    }
    return true;
  }

  bool wanted(std::string_view what, std::size_t open) {
    if (peek().kind == TokenKind::end) {
      fail(open, "this '{' is not closed");
    } else {
      fail(peek().offset, fmt::format("unexpected '{}' in selector, wanted {}", peek().text, what));
    }
    return false;
  }

  NodePtr unexpected() {
    const Token& token = peek();
    if (token.kind == TokenKind::end) return fail(token.offset, "the expression ends too soon, a value is missing");
    std::string_view hint;
    if (token.kind == TokenKind::assign) hint = ", write '==' to compare";
    if (token.kind == TokenKind::word_not) hint = ", put it and its condition in parentheses";
    return fail(token.offset, fmt::format("unexpected '{}' in expression{}", token.text, hint));
  }

  bool enter(std::size_t offset) {
    if (++depth_ <= kDeepestNesting) return true;
    fail(offset, fmt::format("nested deeper than {}", kDeepestNesting));
    return false;
  }

  NodePtr fail(std::size_t offset, std::string what) {
    if (!error_) error_ = SyntaxError{offset, std::move(what)};
    return nullptr;
  }

  static NodePtr leaf_at(NodeKind kind, std::size_t offset, double number) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->offset = offset;
    node->number = number;
    return node;
  }

  static NodePtr wrap(NodeKind kind, std::size_t offset, NodePtr operand) {
    if (!operand) return nullptr;
    NodePtr node = leaf_at(kind, offset, 0);
    node->left = std::move(operand);
    return node;
  }

  static NodePtr join(NodeKind kind, std::size_t offset, NodePtr left, NodePtr right) {
    if (!left || !right) return nullptr;
    NodePtr node = wrap(kind, offset, std::move(left));
    node->right = std::move(right);
    return node;
  }

  [[nodiscard]] const Token& peek() const { return tokens_[at_]; }
  // The last token, `end`, is never taken.
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::optional<SyntaxError> error_;
};

}  // namespace

Parsed parse(std::string_view text, const Parameters& parameters) {
  if (text.size() > kLongestExpression) {
    return {nullptr, SyntaxError{0, fmt::format("longer than {} characters", kLongestExpression)}};
  }
  auto [tokens, error] = tokenize(text, parameters);
  Parser parser(std::move(tokens));
  Parsed parsed = parser.run();
  if (!error) return parsed;
  // "a = b # c": of two mistakes the first one is told.
  if (!parsed.error || parser.stopped_at_end()) parsed.error = std::move(error);
  return {nullptr, std::move(parsed.error)};
}

}  // namespace wayside::rules
