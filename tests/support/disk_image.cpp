#include "support/disk_image.hpp"

#include <algorithm>

namespace wayside::tests {
namespace {

constexpr std::uint64_t kSector = 512;
using Kind = DiskOp::Kind;
using Folder = std::map<std::string, int>;

void copy_at(base::Bytes& content, std::uint64_t offset, base::ByteView data) {
  if (data.empty()) return;
  if (content.size() < offset + data.size()) content.resize(offset + data.size());
  std::copy(data.begin(), data.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
}

void apply_to(base::Bytes& content, const DiskOp& op) {
  if (op.kind == Kind::truncate) {
    content.resize(std::min<std::uint64_t>(content.size(), op.offset));
  } else {
    copy_at(content, op.offset, op.data);
  }
}

void apply_to(Folder& folder, const DiskOp& op) {
  if (op.kind == Kind::create) {
    folder[op.path] = op.file;
  } else if (op.kind == Kind::remove) {
    folder.erase(op.path);
  } else if (const auto found = folder.find(op.path); found != folder.end()) {
    folder[op.to] = found->second;
    folder.erase(op.path);
  }
}

// Some of the sectors of a write: those before a point, or each by itself.
void apply_torn(base::Bytes& content, const DiskOp& op, base::Random& random) {
  const base::ByteView data(op.data);
  const bool scattered = random.chance(0.5);
  const std::uint64_t sectors = (data.size() + kSector - 1) / kSector;
  const std::uint64_t until = random.below(sectors + 1);
  for (std::uint64_t i = 0; i < sectors; ++i) {
    if (scattered ? random.chance(0.5) : i >= until) continue;
    const auto start = i * kSector;
    copy_at(content, op.offset + start, data.subspan(start, std::min(kSector, data.size() - start)));
  }
}

void apply_by_chance(base::Bytes& content, const DiskOp& op, base::Random& random) {
  const auto fate = random.below(3);  // kept, lost, torn
  if (fate == 0) {
    apply_to(content, op);
  } else if (fate == 2 && op.kind == Kind::write) {
    apply_torn(content, op, random);
  }
}

}  // namespace

void DiskImage::apply(const DiskOp& op) {
  switch (op.kind) {
    case Kind::create:
      files_[op.file] = {};
      next_file_ = std::max(next_file_, op.file + 1);
      [[fallthrough]];
    case Kind::remove:
    case Kind::rename:
      apply_to(folder_, op);
      pending_folder_.push_back(op);
      break;
    case Kind::write:
    case Kind::truncate: {
      auto& file = files_.at(op.file);
      apply_to(file.now, op);
      file.pending.push_back(op);
      break;
    }
    case Kind::sync: {
      auto& file = files_.at(op.file);
      for (const auto& waiting : file.pending) apply_to(file.synced, waiting);
      file.pending.clear();
      break;
    }
    case Kind::sync_failed: {
      auto& file = files_.at(op.file);
      base::SeededRandom random(op.offset);
      for (const auto& waiting : file.pending) apply_by_chance(file.synced, waiting, random);
      file.pending.clear();
      if (random.chance(0.5)) file.now = file.synced;  // the page cache let go of it
      break;
    }
    case Kind::sync_folder:
      synced_folder_ = folder_;
      pending_folder_.clear();
      break;
  }
}

DiskImage DiskImage::crashed(Fate fate, base::Random& random) const {
  DiskImage out;
  out.next_file_ = next_file_;
  Folder folder = fate == Fate::all_kept ? folder_ : synced_folder_;
  if (fate == Fate::by_chance) {
    // Some file systems keep the order of what happened in a folder, others promise nothing.
    const bool ordered = random.chance(0.5);
    const auto kept = random.below(pending_folder_.size() + 1);
    for (std::size_t i = 0; i < pending_folder_.size(); ++i) {
      if (ordered ? i < kept : random.chance(0.5)) apply_to(folder, pending_folder_[i]);
    }
  }
  for (const auto& [path, id] : folder) {
    const auto& file = files_.at(id);
    base::Bytes content = file.synced;
    for (const auto& op : file.pending) {
      if (fate == Fate::all_kept) apply_to(content, op);
      if (fate == Fate::by_chance) apply_by_chance(content, op, random);
    }
    out.files_[id] = {content, {}, std::move(content)};
  }
  out.folder_ = folder;
  out.synced_folder_ = std::move(folder);
  return out;
}

int DiskImage::find(const std::string& path) const {
  const auto found = folder_.find(path);
  return found == folder_.end() ? 0 : found->second;
}

void DiskImage::flip(const std::string& path, std::uint64_t offset, std::uint8_t bits) {
  auto& file = files_.at(find(path));
  if (offset < file.now.size()) file.now[offset] ^= bits;
  if (offset < file.synced.size()) file.synced[offset] ^= bits;
}

void DiskImage::put(const std::string& path, base::Bytes content) {
  const int id = next_file_++;
  files_[id] = {content, {}, content};
  folder_[path] = id;
  synced_folder_[path] = id;
}

}  // namespace wayside::tests
