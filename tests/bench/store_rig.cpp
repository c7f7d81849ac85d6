#include "bench/store_rig.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/bytes.hpp"
#include "bench/report.hpp"

namespace wayside::bench {
namespace {

[[noreturn]] void give_up_on(const std::string& what) {
  give_up(fmt::format("{}: {}", what, std::generic_category().message(errno)));
}

}  // namespace

Folder::Folder() {
  path_ = (std::filesystem::temp_directory_path() / "wayside-bench.XXXXXX").string();
  if (::mkdtemp(path_.data()) == nullptr) give_up_on(path_);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

ports::ChunkDraft make_chunk(model::Stream stream, std::size_t bytes, std::uint32_t events, base::Random& random) {
  ports::ChunkDraft out;
  out.stream = stream;
  out.events = events;
  out.row.resize(bytes);
  for (auto& byte : out.row) byte = static_cast<std::uint8_t>(random.next());
  out.checksum = base::crc32c(out.row);
  return out;
}

StoreRig::StoreRig(const std::string& path, const std::string& vfs, const store::Bounds& bounds) {
  store::Database::Options options;
  options.vfs = vfs;
  outbox_ = store::SqliteOutbox::open(path, options, {core_.scheduler(), writer_.scheduler(), reader_.scheduler()},
                                      random_, bounds);
  if (!outbox_->away().empty()) give_up("the store: " + outbox_->away());
  core_.start();
  writer_.start();
  reader_.start();
}

StoreRig::~StoreRig() {
  core_.stop();
  writer_.stop();
  reader_.stop();
  outbox_->close();
}

void StoreRig::run(const std::function<void(std::function<void()>)>& start) {
  // Answered with a turn of its own: what is running then may own what calls it.
  const auto ended = std::make_shared<std::promise<void>>();
  auto waiting = ended->get_future();
  core_.scheduler().post(
      [this, &start, ended] { start([this, ended] { core_.scheduler().post([ended] { ended->set_value(); }); }); });
  waiting.wait();
}

void StoreRig::commit_one_by_one(std::size_t count, const std::function<ports::Commit()>& make,
                                 const std::function<void(const std::vector<ports::StoredKey>&)>& committed) {
  std::size_t left = count;
  std::function<void()> next;
  run([&](std::function<void()> done) {
    next = [&, done = std::move(done)] {
      if (left-- == 0) return done();
      outbox_->commit(make(), [&](base::Result<std::vector<ports::StoredKey>> keys) {
        if (!keys) give_up("a commit failed: " + keys.error().what);
        if (committed) committed(*keys);
        next();
      });
    };
    next();
  });
}

std::size_t StoreRig::commit_for(double seconds, const std::function<ports::Commit()>& make) {
  const double end = wall_seconds() + seconds;
  std::size_t count = 0;
  std::function<void()> next;
  run([&](std::function<void()> done) {
    next = [&, done = std::move(done)] {
      if (wall_seconds() >= end) return done();
      outbox_->commit(make(), [&](const base::Result<std::vector<ports::StoredKey>>& keys) {
        if (!keys) give_up("a commit failed: " + keys.error().what);
        ++count;
        next();
      });
    };
    next();
  });
  return count;
}

PlainLog::PlainLog(const std::string& path, std::size_t preallocated)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (!file_) give_up_on(path);
  if (preallocated == 0) return;
  // Written, not only allocated: a first write into an allocated block changes the file system's own tables too.
  const base::Bytes zeros(preallocated);
  if (::pwrite(file_.get(), zeros.data(), zeros.size(), 0) != static_cast<ssize_t>(zeros.size())) give_up_on(path);
  sync();
}

void PlainLog::append(base::ByteView bytes) {
  if (::write(file_.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) give_up_on("writing");
  sync();
}

void PlainLog::write_at(base::ByteView bytes, std::size_t at) {
  if (::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at)) != static_cast<ssize_t>(bytes.size())) {
    give_up_on("writing");
  }
  sync();
}

void PlainLog::sync() {
  if (::fdatasync(file_.get()) != 0) give_up_on("fdatasync");
}

double percentile(std::vector<double> values, double share) {
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(at));
  return values[at];
}

}  // namespace wayside::bench
