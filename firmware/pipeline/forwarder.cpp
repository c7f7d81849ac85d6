#include "pipeline/forwarder.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace wayside::pipeline {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;  // rows read ahead for one source
constexpr std::uint32_t kWindow = 64;           // messages unacknowledged; Paho's own cost is flat from 20 on
constexpr std::uint32_t kKeptForAlarms = 8;     // of it telemetry never uses
constexpr std::size_t kOneChunk = 17 * 1024;
constexpr std::size_t kAroundRow = 768;  // header, topic, packet header and properties, at the most
constexpr auto kLiveFor = std::chrono::seconds{30};
constexpr std::size_t kMostRecent = 256;
constexpr auto kRetry = std::chrono::seconds{1};
constexpr auto kFirstPause = std::chrono::seconds{1};
constexpr int kMostDoublings = 6;  // 64 s
constexpr auto kMeasureOver = std::chrono::milliseconds{250};

std::size_t telemetry_index(model::Stream stream) { return static_cast<std::size_t>(stream.data_class); }

}  // namespace

Forwarder::Forwarder(Parts parts) : parts_(std::move(parts)) { reset_sources(); }

Forwarder::~Forwarder() {
  if (retry_timer_ != base::TimerId::none) parts_.core.cancel(retry_timer_);
  end_pause();
}

void Forwarder::reset_sources() {
  std::size_t i = 0;
  for (const auto lane : {wire::Lane::alarm, wire::Lane::live, wire::Lane::backfill}) {
    const auto kind = lane == wire::Lane::alarm ? model::StreamKind::alarm : model::StreamKind::telemetry;
    for (const auto c : model::kDataClasses) {
      sources_[i++] = Source{{kind, c}, lane, 0, ~ports::StorePosition{0}, {}, false, false, lane == wire::Lane::live};
    }
  }
  for (auto& recent : recent_) recent.clear();
}

void Forwarder::link_up(const ports::MqttConnected& broker) {
  broker_ = broker;
  ++connection_;
  reset_sources();
  pump();
}

void Forwarder::link_down() {
  ++connection_;
  end_pause();
  reset_sources();
  // Everything unacknowledged is unsent again; what was acknowledged stays so.
  std::erase_if(flights_, [](const auto& flight) { return !flight.second.acknowledged; });
  telemetry_bytes_in_flight_ = 0;
  telemetry_in_flight_ = 0;
  counters_.in_flight = 0;
  bytes_per_second_ = 0;
}

void Forwarder::committed(const std::vector<ports::StoredKey>& keys) {
  if (link_ == nullptr || !link_->is_up()) return;
  for (const auto& stored : keys) {
    const auto& stream = stored.key.stream;
    const auto index = telemetry_index(stream);
    if (stream.kind == model::StreamKind::alarm) {
      sources_[index].dry = false;
      sources_[index].stale = true;
      continue;
    }
    auto& live = sources_[kAlarmSources + index];
    auto& backfill = sources_[kAlarmSources + kTelemetryStreams + index];
    if (live.closed) {
      live.closed = false;
      // A read for the backfill may have seen it already: then it is the backfill's.
      live.after = std::max(stored.position - 1, backfill.after);
      backfill.before = std::max(stored.position, backfill.after + 1);
    }
    live.dry = false;
    live.stale = true;
    recent_[index].push_back({stored.position, parts_.core.now()});
  }
  pump();
}

void Forwarder::pump() {
  home_.check();
  if (link_ == nullptr || !link_->is_up() || pause_timer_ != base::TimerId::none) return;
  for (std::size_t i = 0; i < kTelemetryStreams; ++i) fall_back(i);
  for (auto& source : sources_) {
    if (parts_.budget != nullptr && !parts_.budget->may_send(source.lane)) continue;
    if (!pump_source(source) && source.lane != wire::Lane::alarm) break;  // the window is full
  }
}

// What waited too long for the live lane becomes the backfill's, so that the newest goes first again.
void Forwarder::fall_back(std::size_t telemetry_stream) {
  auto& live = sources_[kAlarmSources + telemetry_stream];
  auto& backfill = sources_[kAlarmSources + kTelemetryStreams + telemetry_stream];
  auto& recent = recent_[telemetry_stream];
  const auto now = parts_.core.now();
  ports::StorePosition fallen = 0;
  while (!recent.empty()) {
    const auto& oldest = recent.front();
    const bool handed_out =
        oldest.position <= live.after && (live.ready.empty() || oldest.position < live.ready.front().stored.position);
    if (!handed_out && now - oldest.stored <= kLiveFor && recent.size() <= kMostRecent) break;
    if (!handed_out) fallen = oldest.position;
    recent.pop_front();
  }
  if (fallen == 0) return;
  live.after = std::max(live.after, fallen);
  std::erase_if(live.ready, [fallen](const auto& chunk) { return chunk.stored.position <= fallen; });
  // Those of the range that are in flight or acknowledged are passed over by their position.
  backfill.before = live.ready.empty() ? live.after + 1 : live.ready.front().stored.position;
  backfill.dry = false;
  backfill.stale = true;
}

bool Forwarder::pump_source(Source& source) {
  if (source.closed) return true;
  while (!source.ready.empty()) {
    if (flights_.contains(source.ready.front().stored.position)) {
      source.ready.pop_front();
      continue;
    }
    if (is_too_large(source.ready.front())) {
      // Sent, it would end the connection (MQTT 5, 3.1.2.11.4), and so the next one. It waits for a broker that takes
      // it.
      ++counters_.refused;
      base::log::error("uplink.too_large", {{"bytes", source.ready.front().chunk.row.size()},
                                            {"broker_takes", broker_.maximum_packet_size}});
      flights_[source.ready.front().stored.position] = {};
      source.ready.pop_front();
      continue;
    }
    if (!may_send(source.ready.front())) return false;
    auto chunk = std::move(source.ready.front());
    source.ready.pop_front();
    send(source, std::move(chunk));
  }
  fill(source);
  return true;
}

void Forwarder::fill(Source& source) {
  if (source.reading || source.dry || source.after + 1 >= source.before) return;
  source.reading = true;
  source.stale = false;
  const auto index = static_cast<std::size_t>(&source - sources_.data());
  parts_.outbox.peek(source.stream, {source.after, source.before, kReadBytes},
                     [this, index, connection = connection_](base::Result<std::vector<ports::StoredChunk>> rows) {
                       on_rows(index, connection, std::move(rows));
                     });
}

void Forwarder::on_rows(std::size_t index, std::uint64_t connection,
                        base::Result<std::vector<ports::StoredChunk>> rows) {
  if (connection != connection_) return;  // asked by an earlier connection
  auto& source = sources_[index];
  source.reading = false;
  if (!rows) {
    ++counters_.read_errors;
    base::log::error("forwarder.read", {{"what", rows.error().what}});
    if (retry_timer_ == base::TimerId::none) {
      retry_timer_ = parts_.core.post_at(parts_.core.now() + kRetry, [this] {
        retry_timer_ = base::TimerId::none;
        pump();
      });
    }
    return;
  }
  if (rows->empty() && !source.stale) {
    source.dry = true;
    return;
  }
  for (auto& row : *rows) {
    // The range may have moved while the read was under way.
    if (row.stored.position <= source.after || row.stored.position >= source.before) continue;
    source.after = row.stored.position;
    if (flights_.contains(row.stored.position)) continue;  // also when its removal ends while it would wait here
    source.ready.push_back(std::move(row));
  }
  pump();
}

bool Forwarder::is_too_large(const ports::StoredChunk& chunk) const {
  return broker_.maximum_packet_size != 0 && chunk.chunk.row.size() + kAroundRow > broker_.maximum_packet_size;
}

bool Forwarder::may_send(const ports::StoredChunk& chunk) const {
  const std::uint32_t window = std::min<std::uint32_t>(broker_.receive_maximum, kWindow);
  if (counters_.in_flight >= window) return false;
  if (chunk.stored.key.stream.kind == model::StreamKind::alarm) return true;
  if (telemetry_in_flight_ == 0) return true;
  if (telemetry_in_flight_ + kKeptForAlarms >= window) return false;
  const auto quarter = static_cast<std::size_t>(bytes_per_second_ / 4);
  return telemetry_bytes_in_flight_ + chunk.chunk.row.size() <= std::max(kOneChunk, quarter);
}

void Forwarder::send(Source& source, ports::StoredChunk chunk) {
  const auto& c = chunk.chunk;
  const auto& key = chunk.stored.key;
  const bool telemetry = key.stream.kind == model::StreamKind::telemetry;
  wire::ChunkHeader header{parts_.gateway,
                           key.epoch,
                           key.stream,
                           key.first,
                           key.last,
                           c.boot,
                           parts_.time.base_for(c.boot, c.first_offset),
                           source.lane,
                           c.codec,
                           c.catalogue,
                           c.checksum,
                           c.events,
                           c.first_offset,
                           c.last_offset};
  ports::MqttMessage message{parts_.topics.stream(key.stream), wire::wrap(header, c.row), false,
                             "application/x-protobuf"};
  if (telemetry && telemetry_in_flight_ == 0) {
    measured_since_ = parts_.core.now();
    measured_bytes_ = 0;
  }
  flights_[chunk.stored.position] = {c.row.size(), telemetry, false};
  telemetry_bytes_in_flight_ += telemetry ? c.row.size() : 0;
  telemetry_in_flight_ += telemetry ? 1 : 0;
  ++counters_.in_flight;
  ++counters_.published;
  link_->publish(std::move(message), [this, stored = chunk.stored](base::Result<void> outcome) {
    on_published(stored, std::move(outcome));
  });
}

void Forwarder::on_published(ports::StoredKey stored, base::Result<void> outcome) {
  const auto flight = flights_.find(stored.position);
  if (flight == flights_.end() || flight->second.acknowledged) return;
  if (!outcome && outcome.error().code == base::Errc::closed) return;  // link_down follows and forgets all at once
  --counters_.in_flight;
  if (flight->second.telemetry) {
    --telemetry_in_flight_;
    telemetry_bytes_in_flight_ -= flight->second.bytes;
  }
  if (!outcome && outcome.error().code == base::Errc::full) {
    flights_.erase(flight);
    return pause();
  }
  if (!outcome) {
    // It stays in the store and in `flights_`: passed over until the next connection, so that it stops nothing.
    ++counters_.refused;
    base::log::error("uplink.refused", {{"what", outcome.error().what}, {"number", stored.key.first}});
    pump();
    return;
  }
  ++counters_.acknowledged;
  counters_.last_ack = parts_.core.now();
  pauses_ = 0;
  if (flight->second.telemetry) measure(flight->second.bytes);
  flight->second.acknowledged = true;
  release(stored);
  pump();
}

void Forwarder::release(ports::StoredKey stored) {
  parts_.outbox.release({stored.key}, [this, stored](const base::Result<void>& outcome) {
    if (outcome) {
      flights_.erase(stored.position);
      return;
    }
    // It has arrived and must not be sent again: the removal is tried until the disk takes it.
    parts_.core.post_at(parts_.core.now() + kRetry, [this, stored] { release(stored); });
  });
}

void Forwarder::pause() {
  ++counters_.full;
  if (pause_timer_ != base::TimerId::none) return;
  const auto length = kFirstPause * (1 << std::min(pauses_++, kMostDoublings));
  base::log::warn("uplink.broker_full", {{"pause_s", length.count()}});
  pause_timer_ = parts_.core.post_at(parts_.core.now() + length, [this] {
    pause_timer_ = base::TimerId::none;
    link_up(broker_);  // the walk begins anew; what is in flight or acknowledged is passed over
  });
}

void Forwarder::end_pause() {
  if (pause_timer_ != base::TimerId::none) parts_.core.cancel(std::exchange(pause_timer_, base::TimerId::none));
}

void Forwarder::measure(std::size_t bytes) {
  measured_bytes_ += bytes;
  const auto elapsed = parts_.core.now() - measured_since_;
  if (elapsed < kMeasureOver && telemetry_in_flight_ > 0) return;
  const double seconds = std::max(std::chrono::duration<double>(elapsed).count(), 1e-4);
  const double measured = static_cast<double>(measured_bytes_) / seconds;
  bytes_per_second_ = bytes_per_second_ == 0 ? measured : 0.7 * bytes_per_second_ + 0.3 * measured;
  measured_since_ = parts_.core.now();
  measured_bytes_ = 0;
}

}  // namespace wayside::pipeline
