#include "simulation/tally.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>

#include "simulation/clock_faults.hpp"
#include "wayside/v1/chunk.pb.h"
#include "wayside/v1/notice.pb.h"
#include "wire/audit.hpp"

namespace wayside::simulation {
namespace {

// A gateway that has run so long, on a clock trusted so long, knows the time: it looks each second.
constexpr auto kTimeIsKnownAfter = std::chrono::seconds{5};

std::string name_of(const ports::ChunkKey& key) {
  return fmt::format("epoch {} stream {} number {}", base::to_hex(static_cast<std::uint64_t>(key.epoch)),
                     model::stream_number(key.stream), key.first);
}

bool open_body(const v1::Chunk& chunk, v1::ChunkBody& body) {
  if (chunk.codec() == v1::CODEC_NONE) return body.ParseFromString(chunk.body());
  const auto size = ZSTD_getFrameContentSize(chunk.body().data(), chunk.body().size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > (1U << 24U)) return false;
  std::string plain(size, '\0');
  const auto got = ZSTD_decompress(plain.data(), plain.size(), chunk.body().data(), chunk.body().size());
  return ZSTD_isError(got) == 0 && got == size && body.ParseFromString(plain);
}

}  // namespace

void Tally::mix(std::uint64_t word) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&word);
  digest_ = base::fnv1a({bytes, sizeof word}, digest_);
}

void Tally::defect(const std::string& what) {
  if (totals_.defects++ == 0) totals_.first_defect = what;
}

void Tally::accepted(const ports::StoredKey& stored, std::uint32_t checksum) {
  last_position_ = std::max(last_position_, stored.position);
  if (!accepted_.emplace(stored.key, Accepted{stored.position, checksum}).second) {
    defect("a number was given twice: " + name_of(stored.key));
  }
}

void Tally::received(const ports::MqttMessage& message) {
  digest_ = base::fnv1a(base::as_bytes(message.topic), digest_);
  digest_ = base::fnv1a(message.payload, digest_);
  if (message.topic.ends_with("/alarm") || message.topic.ends_with("/telemetry")) received_chunk(message);
  if (message.topic.ends_with("/notice")) received_notice(message);
}

void Tally::received_notice(const ports::MqttMessage& message) {
  v1::Notice notice;
  if (!notice.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size())) ||
      !notice.event().has_alarm() || notice.event().alarm().durable()) {
    return defect("a payload that is no notice");
  }
  ++totals_.notices;
  const auto& alarm = notice.event().alarm();
  noticed_[{alarm.alarm(), alarm.transition_count()}] = alarm.to_state();
}

// A notice and the event are one: merged by alarm and transition count.
void Tally::received_alarm(const v1::Event& event) {
  const auto& alarm = event.alarm();
  ++totals_.alarms;
  if (!alarm.durable()) defect("a stored alarm that says it is none: " + alarm.alarm());
  const auto noticed = noticed_.find({alarm.alarm(), alarm.transition_count()});
  if (noticed != noticed_.end()) {
    if (noticed->second != alarm.to_state()) defect("a notice told another state than the event: " + alarm.alarm());
    noticed_.erase(noticed);
  }
  alarm_steps_[{alarm.alarm(), alarm.transition_count()}] = fmt::format(
      "{} {} {}", event.offset_us(), static_cast<int>(alarm.from_state()), static_cast<int>(alarm.to_state()));
  // One stream in its order while it is received for the first time: counts of an alarm go up by one.
  auto& count = alarm_counts_[alarm.alarm()];
  count = std::max<std::uint64_t>(count, alarm.transition_count());
}

void Tally::received_chunk(const ports::MqttMessage& message) {
  v1::Chunk chunk;
  if (!chunk.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size()))) {
    return defect("a payload that is no chunk");
  }
  if (base::crc32c(base::as_bytes(chunk.body())) != chunk.checksum()) return defect("a body that breaks its checksum");
  const ports::ChunkKey key{model::Epoch{chunk.epoch()}, model::stream_from_number(chunk.stream()),
                            chunk.first_number(), chunk.last_number()};
  auto& known = received_[key];
  if (known.times++ > 0) {
    ++totals_.repeated;
    if (known.checksum != chunk.checksum()) defect("one key with two bodies: " + name_of(key));
    return;
  }
  known.checksum = chunk.checksum();
  check_time(key, chunk);
  check_order(key, chunk.lane());
  v1::ChunkBody body;
  if (!open_body(chunk, body)) return defect("a body that does not open: " + name_of(key));
  if (body.events_size() != static_cast<int>(chunk.event_count())) defect("a wrong event count: " + name_of(key));
  totals_.events += chunk.event_count();
  for (const auto& event : body.events()) {
    if (event.has_loss()) received_loss(event.loss());
    if (event.has_alarm()) received_alarm(event);
    if (event.has_audit()) received_audit(key.epoch, event.audit());
  }
  // Health tells of the clock itself, of dates that the store keeps, of what a day has carried: only that it came, and
  // when.
  for (auto& event : *body.mutable_events()) {
    if (event.has_health()) event.mutable_health()->Clear();
  }
  const auto plain = body.SerializeAsString();
  known.content = base::crc32c(base::as_bytes(plain));
}

void Tally::received_loss(const v1::Loss& loss) {
  if (loss.cause() != v1::LOSS_CAUSE_EVICTED) defect("a loss that is no eviction");
  if (loss.coarse() || loss.count() != loss.last_number() - loss.first_number() + 1) defect("a loss that is not exact");
  const auto stream = model::stream_from_number(static_cast<int>(loss.stream()));
  auto& last = evicted_[{model::Epoch{loss.epoch()}, stream}][loss.first_number()];
  last = std::max(last, loss.last_number());
}

void Tally::received_audit(model::Epoch epoch, const v1::AuditEntry& entry) {
  base::Bytes bytes(entry.record().begin(), entry.record().end());
  const auto record = wire::read_audit(bytes);
  if (!record) return defect("an entry of the audit trail that cannot be read");
  auto& known = trails_[epoch][record->number];
  if (!known.empty() && known != bytes) {
    defect(fmt::format("entry {} of the audit trail came in two versions", record->number));
  }
  known = std::move(bytes);
}

// From its first entry on a trail is whole, whatever crashed in between, unless its chunks were evicted.
void Tally::check_trails() {
  for (const auto& [epoch, trail] : trails_) {
    if (evicted_.contains({epoch, {model::StreamKind::alarm, model::DataClass::internal}})) continue;
    std::vector<base::Bytes> records;
    for (const auto& [number, record] : trail) records.push_back(record);
    const auto checked = wire::check_chain(records);
    if (!checked.problems.empty()) defect("audit trail: " + checked.problems.front());
  }
}

// Entries grow while they are not told: of several with one first number the widest counts, and they may overlap.
bool Tally::is_told(const ports::ChunkKey& key) const {
  const auto of_stream = evicted_.find({key.epoch, key.stream});
  if (of_stream == evicted_.end()) return false;
  return std::ranges::any_of(
      of_stream->second, [&key](const auto& range) { return range.first <= key.first && key.last <= range.second; });
}

void Tally::check_time(const ports::ChunkKey& key, const v1::Chunk& chunk) {
  if (book_ == nullptr) return;
  base::BootId boot{};
  if (chunk.boot_id().size() != boot.size()) return defect("a boot id of another length: " + name_of(key));
  std::ranges::copy(chunk.boot_id(), boot.begin());
  if (chunk.time_base().has_anchor()) {
    const auto& anchor = chunk.time_base().anchor();
    const base::WallTime wall{std::chrono::microseconds{anchor.wall_us()}};
    if (!book_->showed(boot, base::from_us(anchor.offset_us()), wall)) {
      defect("an anchor that the clock never showed: " + name_of(key));
    }
    return;
  }
  if (book_->trusted_for(*clock_, boot, kTimeIsKnownAfter) && clock_->boot_now() - life_began_ >= kTimeIsKnownAfter) {
    defect("sent without its date, which was known: " + name_of(key));
  }
}

// Within a lane, as long as the connection lasts.
void Tally::check_order(const ports::ChunkKey& key, int lane) {
  if (!ascending_) return;
  auto& last = last_received_[{key.epoch, key.stream, lane}];
  if (key.first <= last) defect("out of its order: " + name_of(key));
  last = key.last;
}

std::uint64_t Tally::content() const {
  std::uint64_t out = 0xCBF29CE484222325U;
  const auto take = [&out](const std::string& text) { out = base::fnv1a(base::as_bytes(text), out); };
  for (const auto& [key, received] : received_) {
    if (key.stream.kind == model::StreamKind::telemetry) take(fmt::format("{} {}", name_of(key), received.content));
  }
  for (const auto& [step, told] : alarm_steps_) take(fmt::format("{} {} {}", step.first, step.second, told));
  return out;
}

Totals Tally::totals(ports::StorePosition last) {
  check_trails();
  auto out = totals_;
  if (!noticed_.empty() && out.defects++ == 0) {
    out.first_defect = "a notice whose event never came: " + noticed_.begin()->first.first;
  }
  std::map<std::pair<model::Epoch, model::Stream>, std::uint64_t> highest;
  for (const auto& [key, accepted] : accepted_) {
    auto& before = highest[{key.epoch, key.stream}];
    // Between two accepted numbers there may only be such whose answer a crash swallowed, and those arrive.
    for (auto n = before + 1; n < key.first; ++n) {
      const ports::ChunkKey between{key.epoch, key.stream, n, n};
      if (!received_.contains(between) && !is_told(between) && out.defects++ == 0)
        out.first_defect = "a gap before " + name_of(key);
    }
    before = key.last;
    if (accepted.position > last) continue;
    ++out.sent;
    const auto found = received_.find(key);
    if (found == received_.end()) {
      ++(is_told(key) ? out.evicted : out.lost);
      continue;
    }
    ++out.received;
    if (found->second.checksum != accepted.checksum && out.defects++ == 0) {
      out.first_defect = "another body arrived than was stored: " + name_of(key);
    }
  }
  return out;
}

void TalliedOutbox::commit(ports::Commit commit, CommitCallback done) {
  std::vector<std::uint32_t> checksums;
  for (const auto& chunk : commit.chunks) checksums.push_back(chunk.checksum);
  inner_.commit(std::move(commit), [this, checksums = std::move(checksums),
                                    done = std::move(done)](base::Result<std::vector<ports::StoredKey>> keys) mutable {
    for (std::size_t i = 0; keys && i < keys->size(); ++i) tally_.accepted((*keys)[i], checksums[i]);
    done(std::move(keys));
  });
}

}  // namespace wayside::simulation
