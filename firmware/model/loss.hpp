// What is known about data that was accepted and cannot be sent any more: an entry of the loss ledger, and the event
// that tells it (contracts: the store). Ranges, times and counts, never values.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "model/ids.hpp"
#include "model/stream.hpp"

namespace wayside::model {

// The numbers in the database and in wayside.v1.LossCause. Never renumbered.
enum class LossCause : std::uint8_t { damaged = 1, evicted = 2, unreadable = 3 };

[[nodiscard]] constexpr std::string_view to_string(LossCause cause) {
  switch (cause) {
    case LossCause::damaged: return "damaged";
    case LossCause::evicted: return "evicted";
    case LossCause::unreadable: return "unreadable";
  }
  return "lost";
}

struct Loss {
  std::uint64_t entry = 0;  // of this gateway's ledger; told again it has the same number
  LossCause cause = LossCause::damaged;
  Epoch epoch{};
  Stream stream;
  ChunkNumber first = 0;
  ChunkNumber last = 0;
  std::uint64_t count = 0;  // chunks of the range that are lost; with `coarse`: at most
  bool coarse = false;      // not every number of the range is lost
  // Between these two moments, as far as known: a boot of zeros is not known.
  base::BootId first_boot{};
  base::BootTime first_offset{};
  base::BootId last_boot{};
  base::BootTime last_offset{};
};

// No chunk of this earlier numbering is left in the store: nothing more of it will come.
struct EpochClosed {
  Epoch epoch{};
};

}  // namespace wayside::model
