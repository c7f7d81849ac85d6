// wayside-fill-store FILE BYTES: a backlog of telemetry as a gateway leaves it after a long outage, for tests of what
// happens when it drains. The bodies are noise, which does not compress, under headers that are right.
#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "base/virtual_scheduler.hpp"
#include "store/sqlite_outbox.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kBody = 16'000;
constexpr std::size_t kPerCommit = 64;

ports::ChunkDraft make_chunk(base::Random& random, base::BootTime at) {
  ports::ChunkDraft out;
  out.stream = {model::StreamKind::telemetry, model::DataClass::internal};
  out.boot.fill(7);
  out.events = 100;
  out.first_offset = out.last_offset = at;
  out.codec = 1;  // none
  base::Bytes body(kBody);
  for (std::size_t i = 0; i + 8 <= body.size(); i += 8) {
    const auto word = random.next();
    std::memcpy(body.data() + i, &word, 8);
  }
  out.checksum = base::crc32c(body);
  // Field 15, length-delimited, and its length as a varint of two bytes.
  out.row = {0x7A, static_cast<std::uint8_t>(0x80U | (kBody & 0x7FU)), static_cast<std::uint8_t>(kBody >> 7U)};
  out.row.insert(out.row.end(), body.begin(), body.end());
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t bytes = 0;
  if (argc != 3 || std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), bytes).ec != std::errc()) {
    fmt::print(stderr, "usage: wayside-fill-store FILE BYTES\n");
    return 64;
  }
  base::SystemRandom random;
  base::VirtualTime time{base::WallTime{}};
  const auto core = time.make_scheduler();
  auto outbox = store::SqliteOutbox::open(argv[1], {}, {*core, *core, *core}, random);
  if (!outbox->away().empty()) {
    fmt::print(stderr, "{}: {}\n", argv[1], outbox->away());
    return 74;
  }
  std::size_t written = 0;
  bool failed = false;
  while (written < bytes && !failed) {
    ports::Commit commit;
    for (std::size_t i = 0; i < kPerCommit; ++i, written += kBody) {
      commit.chunks.push_back(make_chunk(random, time.boot_now()));
    }
    outbox->commit(std::move(commit), [&failed](const auto& keys) { failed = !keys; });
    time.run_for(std::chrono::seconds{1});
  }
  outbox->close();
  return failed ? 74 : 0;
}
