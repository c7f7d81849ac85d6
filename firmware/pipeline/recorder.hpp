// Events to durable chunks: encodes each once, seals alarms at the end of their instant and telemetry within the
// loss window, and commits chunks and state together. One commit is under way at a time; what comes meanwhile goes
// with the next, so the store groups by itself. Stages 7 and 8 of the way of the data. Home: core.
//
// While the disk refuses, what is sealed waits in memory, bounded: of telemetry the oldest goes (counted), alarms
// stay up to a thousand chunks; the state that belongs to them waits with them. Alarms that were in a commit that
// failed, and those recorded until one succeeds, are told to the NoticeSink, in order, each once.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "base/home_thread.hpp"
#include "base/scheduler.hpp"
#include "model/event.hpp"
#include "ports/outbox.hpp"
#include "wire/chunker.hpp"

namespace wayside::pipeline {

struct RecorderCounters {
  std::uint64_t events = 0;
  std::uint64_t chunks = 0;          // committed
  std::uint64_t dropped_chunks = 0;  // never stored, because the disk refused for too long
  std::uint64_t failed_commits = 0;
};

class CommitListener {
 public:
  virtual ~CommitListener() = default;
  // These are durable and may be sent.
  virtual void committed(const std::vector<ports::StoredKey>& keys) = 0;
};

class NoticeSink {
 public:
  virtual ~NoticeSink() = default;
  // An alarm that the disk has not taken.
  virtual void not_durable(const model::Event& alarm) = 0;
  // All that was told so is stored now.
  virtual void durable_again() = 0;
};

class Recorder {
 public:
  struct Options {
    std::chrono::microseconds telemetry_loss_window{std::chrono::seconds{1}};
  };
  Recorder(Options options, wire::Chunker chunker, ports::Outbox& outbox, base::Scheduler& core,
           CommitListener& listener);
  ~Recorder();

  // Null: no one is told. It must outlive every call.
  void set_notices(NoticeSink* notices) { notices_ = notices; }

  // Takes an event of this instant. Nothing is committed before end_instant().
  void record(const model::Event& event);
  // State that must become durable with the events recorded in this instant.
  void change(ports::StateChange change);
  // State that may wait for the next telemetry commit (driver states: the latest wins).
  void change_later(ports::StateChange change);
  // Seals and commits what may not wait (alarms and the state with them).
  void end_instant();
  // Seals everything and commits; `done` is posted once it is durable or has failed.
  void flush(base::Task done);
  // Commits nothing more: what the disk has not taken waits for whoever adopts it. Behind a flush.
  void stop();
  // State that is not durable yet.
  [[nodiscard]] std::vector<ports::StateChange> pending_state() const;
  // Goes on with what another recorder could not make durable. That one has stopped. Before anything is recorded.
  void adopt(Recorder& before);
  // `done` is posted once all that is sealed by now is durable, or the disk has refused it.
  void after_commit(base::Task done);

  [[nodiscard]] const RecorderCounters& counters() const { return counters_; }
  // The disk did not take the last commit.
  [[nodiscard]] bool is_refused() const { return refused_; }

 private:
  void seal(model::Stream stream);
  void keep(wire::SealedChunk chunk);
  void seal_telemetry();
  void arm_window(base::BootTime first);
  void commit_next();
  void on_committed(base::Result<std::vector<ports::StoredKey>> keys);
  void put_back();
  void seal_alarms();
  void note(const model::Event& alarm);
  void tell_refused();
  void tell_accepted();
  void trim();

  Options options_;
  wire::Chunker chunker_;
  ports::Outbox& outbox_;
  base::Scheduler& core_;
  CommitListener& listener_;

  using StateMap = std::map<std::pair<std::string, std::string>, std::optional<base::Bytes>>;
  std::deque<ports::ChunkDraft> sealed_;  // waiting for the next commit
  StateMap state_;                        // likewise
  StateMap state_later_;
  std::deque<ports::ChunkDraft> underway_;  // kept until the store has answered
  StateMap underway_state_;
  // Alarms not durable and not told as notices; those that are sealed whole stand first.
  std::deque<model::Event> untold_;
  std::size_t untold_sealed_ = 0;
  std::deque<model::Event> untold_underway_;
  NoticeSink* notices_ = nullptr;
  bool refused_ = false;  // the last commit
  bool told_ = false;     // notices whose events are not stored yet
  bool commit_underway_ = false;
  bool alarms_open_ = false;
  bool stopped_ = false;
  base::TimerId window_timer_ = base::TimerId::none;
  base::TimerId retry_timer_ = base::TimerId::none;
  std::vector<base::Task> flushes_;
  RecorderCounters counters_;
  base::HomeThread home_;
};

}  // namespace wayside::pipeline
