// What all subcommands share: one question to the daemon, tables that fit, colour only on a terminal (NO_COLOR).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "wayside/control/v1/control.pb.h"

namespace wayside::cli {

// Asks once. None: a message was printed, `exit_code` is set.
// `stop`: a descriptor that ends the wait for the answer when it can be read: then nothing is printed, and `exit_code`
// is kStopped.
inline constexpr int kStopped = -1;
[[nodiscard]] std::optional<control::v1::Response> ask(const Common& common, const control::v1::Request& request,
                                                       int& exit_code, int stop = -1);

// The message as JSON, field names as in the .proto file, defaults included.
void print_json(const google::protobuf::Message& message);

// Columns of the terminal on standard output; none: a pipe or a file, where nothing is cut or wrapped.
[[nodiscard]] std::optional<std::size_t> terminal_width();

using Row = std::vector<std::string>;
// Left-aligned columns as wide as needed. On a terminal that is too narrow the last one is cut first, then those of
// `may_shrink`, in this order; none below its head or kLeastColumn.
inline constexpr std::size_t kLeastColumn = 10;
void print_table(const Row& head, const std::vector<Row>& rows, const std::vector<std::size_t>& may_shrink = {});

// A line with what leads it; on a terminal wrapped, so that what follows stands under the text. `head`: of at most
// `indent` columns, filled up to it.
void print_wrapped(const std::string& head, std::size_t indent, const std::string& text);

enum class Colour { plain, good, warning, bad, faint };
[[nodiscard]] std::string coloured(const std::string& text, Colour colour);

// "3 s", "4 min", "2 h", "5 d"; "never" below zero.
[[nodiscard]] std::string for_people(std::int64_t microseconds);
[[nodiscard]] std::string bytes_for_people(std::uint64_t bytes);

}  // namespace wayside::cli
