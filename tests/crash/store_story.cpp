#include "crash/store_story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace wayside::tests {
namespace {

using std::chrono::milliseconds;

std::string name_of(const ports::ChunkKey& key) {
  return fmt::format("stream {} number {}", model::stream_number(key.stream), key.first);
}

base::Bytes count_bytes(std::uint64_t count) {
  base::ByteWriter out;
  out.u64(count);
  return out.take();
}

}  // namespace

std::vector<ports::LedgerEntry> ledger_of(StoreWorld& world) {
  std::vector<ports::LedgerEntry> out;
  world.outbox().untold([&out](auto entries) {
    if (entries) out = std::move(*entries);
  });
  world.run_for(std::chrono::milliseconds{1});
  return out;
}

bool accounts_for(const std::vector<ports::LedgerEntry>& ledger, const ports::ChunkKey& key) {
  for (const auto& entry : ledger) {
    const auto* loss = std::get_if<model::Loss>(&entry.what);
    if (loss == nullptr || loss->epoch != key.epoch || loss->stream != key.stream) continue;
    if (loss->first <= key.first && key.last <= loss->last) return true;
  }
  return false;
}

const ports::ChunkDraft& draft(model::Stream stream, std::uint64_t number) {
  static std::map<std::pair<model::Stream, std::uint64_t>, ports::ChunkDraft> made;
  const auto [found, is_new] = made.try_emplace({stream, number});
  auto& out = found->second;
  if (!is_new) return out;
  base::SeededRandom random(number * 8 + static_cast<std::uint64_t>(model::stream_number(stream)));
  const bool small = random.chance(0.7);
  out.stream = stream;
  out.events = 3;
  out.first_offset = base::from_us(static_cast<std::int64_t>(number) * 1000);
  out.last_offset = out.first_offset + milliseconds{1};
  out.codec = 1;
  out.row.resize(small ? 20 + random.below(600) : 2000 + random.below(4000));
  for (auto& byte : out.row) byte = static_cast<std::uint8_t>(random.next());
  out.checksum = base::crc32c(out.row);
  return out;
}

void StoreStory::tell(CrashDisk& disk, base::Random& random, int steps, const store::Bounds& bounds) {
  disk.record(&ops_);
  StoreWorld world(disk, random.next(), bounds);
  if (!world.is_open()) {
    problem_ = "the story did not begin: " + world.problem();
    return;
  }
  epoch_ = world.outbox().report().epoch;
  for (int i = 0; i < steps; ++i) {
    if (random.chance(0.6)) commit(world, random);
    if (random.chance(0.4)) release(world, random);
    if (random.chance(0.7)) world.run_for(milliseconds{random.below(700)});
  }
  if (random.chance(0.5)) world.outbox().close();
  evicted_ = world.stats().evicted;
  disk.record(nullptr);
}

void StoreStory::commit(StoreWorld& world, base::Random& random) {
  ports::Commit commit;
  Told told;
  for (auto chunks = random.below(4); chunks > 0; --chunks) {
    const auto stream = model::kStreams.at(random.below(model::kStreams.size()));
    const auto number = ++numbers_[stream];
    commit.chunks.push_back(draft(stream, number));
    told.chunks.push_back({epoch_, stream, number, number});
  }
  told.state["last"] = count_bytes(commits_.size() + 1);
  told.state[fmt::format("key-{}", random.below(8))] = base::Bytes(random.below(300), 9);
  for (const auto& [key, value] : told.state) commit.state.push_back({"story", key, value});
  told.asked = ops_.size();
  const auto index = commits_.size();
  commits_.push_back(std::move(told));
  world.outbox().commit(std::move(commit), [this, index](base::Result<std::vector<ports::StoredKey>> keys) {
    auto& answered = commits_[index];
    answered.answered = ops_.size();
    if (!keys) {
      problem_ = "a good disk refused a commit: " + keys.error().what;
      return;
    }
    for (std::size_t i = 0; i < keys->size(); ++i) {
      if ((*keys)[i].key != answered.chunks[i]) problem_ = "an unexpected number: " + name_of((*keys)[i].key);
      waiting_.push_back((*keys)[i].key);
    }
  });
}

void StoreStory::release(StoreWorld& world, base::Random& random) {
  std::vector<ports::ChunkKey> keys;
  for (auto n = random.below(4); n > 0 && !waiting_.empty(); --n) {
    const auto which = waiting_.begin() + static_cast<std::ptrdiff_t>(random.below(waiting_.size()));
    keys.push_back(*which);
    removals_[*which].asked = ops_.size();
    waiting_.erase(which);
  }
  world.outbox().release(keys, [this, keys](const base::Result<void>& done) {
    for (const auto& key : keys) removals_[key].answered = done ? ops_.size() : kNever;
  });
}

std::string StoreStory::judge(CrashDisk& disk, std::size_t point) const {
  if (!problem_.empty()) return problem_;
  StoreWorld world(disk, point);
  if (!world.is_open()) return "it does not open: " + world.problem();
  const auto due = static_cast<std::size_t>(
      std::ranges::count_if(commits_, [point](const Told& told) { return told.answered <= point; }));
  const auto asked = static_cast<std::size_t>(
      std::ranges::count_if(commits_, [point](const Told& told) { return told.asked < point; }));
  if (world.outbox().report().epoch != epoch_ && due > 0) return "another numbering, though something was promised";

  // Commits are applied in their order: how many of them are here is one number, told by the state.
  const auto state = world.outbox().load("story");
  if (!state) return "the state cannot be read: " + state.error().what;
  std::size_t commits = 0;
  for (const auto& entry : *state) {
    if (entry.key == "last") commits = static_cast<std::size_t>(base::ByteReader(entry.value).u64());
  }
  if (commits < due) return fmt::format("commit {} was answered, and only {} are here", due, commits);
  if (commits > asked) return fmt::format("commit {} is here, and only {} were asked for", commits, asked);
  for (auto problem : {judge_state(world, commits), judge_chunks(world, point, commits)}) {
    if (!problem.empty()) return problem;
  }
  return judge_next_numbers(world, commits);
}

std::string StoreStory::judge_state(StoreWorld& world, std::size_t commits) const {
  std::map<std::string, base::Bytes> expected;
  for (std::size_t i = 0; i < commits; ++i) {
    for (const auto& [key, value] : commits_[i].state) expected[key] = value;
  }
  const auto entries = world.outbox().load("story");
  std::map<std::string, base::Bytes> found;
  for (const auto& entry : *entries) found[entry.key] = entry.value;
  return found == expected ? "" : fmt::format("the state is not that of commit {}", commits);
}

std::string StoreStory::judge_chunks(StoreWorld& world, std::size_t point, std::size_t commits) const {
  const auto ledger = ledger_of(world);
  std::set<ports::ChunkKey> found;
  for (const auto stream : model::kStreams) {
    const auto rows = world.peek(stream);
    if (!rows) return "a stream cannot be read: " + rows.error().what;
    for (const auto& row : *rows) {
      const auto& key = row.stored.key;
      if (row.chunk.row != draft(key.stream, key.first).row) return "not the body that was given: " + name_of(key);
      if (!found.insert(key).second) return "twice here: " + name_of(key);
      if (accounts_for(ledger, key)) return "here, and told as lost: " + name_of(key);
    }
  }
  std::size_t expected_at_most = 0;
  for (std::size_t i = 0; i < commits; ++i) {
    for (const auto& key : commits_[i].chunks) {
      const auto removal = removals_.find(key);
      const bool may_be_gone = removal != removals_.end() && removal->second.asked < point;
      const bool must_be_gone = removal != removals_.end() && removal->second.answered <= point;
      const bool here = found.contains(key);
      if (!here && !may_be_gone && !accounts_for(ledger, key)) return "missing: " + name_of(key);
      if (here && must_be_gone) return "back after it was removed: " + name_of(key);
      expected_at_most += here ? 1 : 0;
    }
  }
  return found.size() == expected_at_most ? "" : "a chunk of a commit that is not here";
}

std::string StoreStory::judge_next_numbers(StoreWorld& world, std::size_t commits) const {
  std::map<model::Stream, std::uint64_t> numbers;
  for (std::size_t i = 0; i < commits; ++i) {
    for (const auto& key : commits_[i].chunks) numbers[key.stream] = key.first;
  }
  ports::Commit commit;
  for (const auto stream : model::kStreams) commit.chunks.push_back(draft(stream, numbers[stream] + 1));
  const auto keys = world.commit(std::move(commit));
  if (!keys) return "it takes nothing new: " + keys.error().what;
  for (const auto& stored : *keys) {
    if (stored.key.first != numbers[stored.key.stream] + 1)
      return "goes on with a wrong number: " + name_of(stored.key);
  }
  return "";
}

}  // namespace wayside::tests
