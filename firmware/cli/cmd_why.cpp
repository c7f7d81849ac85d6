#include "cli/cmd_why.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/output.hpp"
#include "cli/text_width.hpp"
#include "cli/translation.hpp"
#include "cli/why_text.hpp"

namespace wayside::cli {
namespace {

void print(const std::vector<Line>& lines) {
  constexpr std::size_t kLabel = 13;
  const auto width = terminal_width();
  for (const auto& line : lines) {
    if (line.text.empty()) {
      fmt::print("{}\n", line.label);
      continue;
    }
    const auto head = fmt::format("  {:<{}}", line.label, kLabel - 2);
    if (line.whole && width) {
      fmt::print("{}\n", cut_to(head + line.text, *width));
    } else {
      print_wrapped(head, kLabel, line.text);
    }
  }
}

int cmd_why(const Common& common, const std::vector<std::string>& words) {
  control::v1::Request request;
  request.mutable_why()->set_what(fmt::format("{}", fmt::join(words, " ")));
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  const auto& why = response->why();
  if (common.json) {
    print_json(why);
  } else {
    print(why.has_alarm() ? explain(why.alarm()) : explain(why.point()));
  }
  return 0;
}

}  // namespace

void add_why(CLI::App& app, const Common& common, std::function<int()>& chosen) {
  const auto words = std::make_shared<std::vector<std::string>>();
  auto* why = app.add_subcommand("why", tr("Why a point or an alarm is as it is, in plain language"));
  why->add_option("what", *words, tr("lamp-017.power, or group/rule device [instance]"))->required();
  why->callback([&common, &chosen, words] { chosen = [&common, words] { return cmd_why(common, *words); }; });
}

}  // namespace wayside::cli
