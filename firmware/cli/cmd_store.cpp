#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

std::string since(std::int64_t us_ago) {
  return us_ago < 0 ? std::string() : tr_format(", the oldest {} old", for_people(us_ago));
}

void print_room(const control::v1::StoreStatus& store) {
  tr_print("  takes    {} of {}: log, set aside and ballast {}\n", bytes_for_people(store.taken_bytes()),
           bytes_for_people(store.max_bytes()), bytes_for_people(store.beside_bytes()));
  tr_print("  file     {}, {} of it free pages\n", bytes_for_people(store.file_bytes()),
           bytes_for_people(store.spare_bytes()));
  const auto left = tr_format("{} left", bytes_for_people(store.disk_free_bytes()));
  const bool is_short = store.disk_free_bytes() < store.min_free_bytes();
  tr_print("  disk     {}, {} of it not for the store\n", is_short ? coloured(left, Colour::bad) : left,
           bytes_for_people(store.min_free_bytes()));
}

}  // namespace

int cmd_store(const Common& common) {
  control::v1::Request request;
  request.mutable_status();
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  const auto& store = response->status().store();
  if (common.json) {
    print_json(store);
    return 0;
  }
  tr_print("{}  epoch {}\n", store.path(), response->status().epoch());
  tr_print("  waiting  {} chunks ({}){}\n", store.chunks_waiting(), bytes_for_people(store.bytes_waiting()),
           since(store.oldest_us_ago()));
  tr_print("  history  {} chunks ({}){}\n", store.history_chunks(), bytes_for_people(store.history_bytes()),
           since(store.oldest_history_us_ago()));
  print_room(store);
  const auto lost = tr_format("{} chunks evicted, {} damaged since the start", store.evicted(), store.damaged());
  tr_print("  lost     {}\n", store.evicted() + store.damaged() > 0 ? coloured(lost, Colour::bad) : lost);
  tr_print("  ledger   {} entries, {} of them not yet told\n", store.ledger_entries(), store.ledger_untold());
  tr_print("  commits  {}, {} failed; {} events in {} chunks accepted in this epoch\n", store.commits(),
           store.failed_commits(), store.accepted_events(), store.accepted_chunks());
  return 0;
}

}  // namespace wayside::cli
