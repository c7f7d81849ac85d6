// The chunker: one open chunk for each stream; events are appended encoded; sealed by size, by age or at once
// (the recorder decides), then compressed, framed as field 15 and opaque from there on (contracts: chunk).
// Home: core. No clock of its own: times come with the events.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "model/event.hpp"
#include "wire/body.hpp"
#include "wire/catalogue.hpp"

namespace wayside::wire {

// A sealed chunk: what the store keeps of it (ports::ChunkDraft has the same fields).
struct SealedChunk {
  model::Stream stream;
  base::BootId boot{};
  base::Bytes catalogue;
  std::uint32_t events = 0;
  base::BootTime first_offset{};
  base::BootTime last_offset{};
  Codec codec = Codec::none;
  std::uint32_t checksum = 0;
  base::Bytes row;
};

class Chunker {
 public:
  // `catalogues` must outlive this.
  Chunker(const base::BootId& boot, Codec codec, const Catalogues& catalogues);

  // Appends an event to its stream's open chunk. Gives the sealed predecessor when the event would not have fitted.
  [[nodiscard]] std::optional<SealedChunk> add(const model::Event& event);

  // Seals the open chunk of a stream; none when it is empty.
  [[nodiscard]] std::optional<SealedChunk> seal(model::Stream stream);

  // The first event's time of a stream's open chunk; none when it is empty.
  [[nodiscard]] std::optional<base::BootTime> open_since(model::Stream stream) const;

  // Bodies of telemetry stay within 16 KiB, of alarms within 4 KiB (catalogues, which cannot be split, excepted).
  static constexpr std::size_t kTelemetryBodyLimit = 16 * 1024;
  static constexpr std::size_t kAlarmBodyLimit = 4 * 1024;

 private:
  struct Open {
    base::Bytes body;
    std::uint32_t events = 0;
    bool names_points = false;
    base::BootTime first{};
    base::BootTime last{};
  };
  [[nodiscard]] Open& open(model::Stream stream) { return open_[static_cast<std::size_t>(stream_number(stream) - 1)]; }

  base::BootId boot_;
  Codec codec_;
  const Catalogues& catalogues_;
  std::array<Open, model::kStreams.size()> open_;
  base::Bytes scratch_;
};

}  // namespace wayside::wire
