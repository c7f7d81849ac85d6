// What people read, in the language of the environment; English is what stands in the code and what is shown where a
// translation is missing. The translations: po/zh_CN.po, checked by scripts/messages. For machines (--json, files that
// are written) nothing is translated.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "cli/catalogue.hpp"

namespace wayside::cli {

using Environment = const char* (*)(const char* name);

// LANGUAGE, then the first of LC_ALL, LC_MESSAGES and LANG that is not empty; a locale of C or POSIX is English,
// whatever LANGUAGE says. Locales need not be generated on the machine.
[[nodiscard]] bool wants_chinese(Environment environment);

// Before the first message; `environment`: as std::getenv.
void choose_language(Environment environment);
// For tests. None: English.
void use_catalogue(std::optional<Catalogue> catalogue);
// From now on: what follows is read by a machine.
void use_english();

// The translation, or the message itself.
[[nodiscard]] const char* tr(const char* message);
// A word that the daemon said, such as a state; those that have a translation stand in translation.cpp.
[[nodiscard]] std::string tr_word(const std::string& word);

// For constant tables: marks a message for scripts/messages; tr() where it is shown.
[[nodiscard]] constexpr const char* tr_mark(const char* message) { return message; }

[[nodiscard]] std::string format_translated(fmt::string_view message, fmt::format_args args);

// As fmt::format and fmt::print, the format translated. Where a translation does not fit the arguments: English.
template <typename... Args>
[[nodiscard]] std::string tr_format(fmt::format_string<Args...> message, Args&&... args) {
  return format_translated(message, fmt::make_format_args(args...));
}

template <typename... Args>
void tr_print(fmt::format_string<Args...> message, Args&&... args) {
  std::fputs(format_translated(message, fmt::make_format_args(args...)).c_str(), stdout);
}

template <typename... Args>
void tr_error(fmt::format_string<Args...> message, Args&&... args) {
  std::fputs(format_translated(message, fmt::make_format_args(args...)).c_str(), stderr);
}

}  // namespace wayside::cli
