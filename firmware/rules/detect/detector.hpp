// What a detector is: a function of the rule language that learns. It is a value that belongs to one instance of a
// rule's expression; it sees the usable samples of its inputs one after another and says how unusual each is.
// Causal, deterministic, no allocation in step(); its size is known when it is made. Home: core, owned by the engine.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace wayside::rules::detect {

// When a sample was taken. A detector orders and measures by `at`; it asks `local_s` only for the time of day or of
// week, and learns nothing of them while it is not there.
struct Instant {
  base::BootTime at{};                  // never steps; the same or later than in the call before
  std::optional<std::int64_t> local_s;  // seconds since 1970-01-01 00:00 on the site's clock; none: not trusted yet
  bool frozen = false;                  // an alarm that hangs on this is raised: judge, but do not learn
};

// step(): the score of this sample, judged by what came before it and then learned; none while too little is known.
// Larger is more unusual; each detector says what its scale means. `values` are finite, as many as it was made for.
// save() and load(): what it has learned, in at most 8 KiB. load() takes any bytes: false, and the detector as new,
// when they are not of this detector with these parameters. What depends on boot time (BootTime) is not saved.
template <class D>
concept Detector = requires(D detector, const D known, const Instant& when, std::span<const double> values,
                            base::ByteWriter& out, base::ByteReader& in) {
  { detector.step(when, values) } -> std::same_as<std::optional<double>>;
  { known.save(out) };
  { detector.load(in) } -> std::same_as<bool>;
  { known.bytes() } -> std::same_as<std::size_t>;  // memory it takes, all of it
};

}  // namespace wayside::rules::detect
