// Sealing at rest: AES-256-GCM (NIST SP 800-38D) of a finished row, bound to its place in the store, so that no row can
// be changed or put in another's place unseen. The newest key seals; earlier ones still open: a key is changed without
// losing what waits. What is sealed:
//
//   byte      0  form, 1
//          1..8  id of the key: the first 8 bytes of its SHA-256
//         9..20  nonce: 96 random bits, new for each row. A key is good for 2^32 rows (a chunk a second for 136 years)
//           21.. ciphertext, then a tag of 16 bytes
//   associated data: bytes 0..8, then epoch u64, stream u8, first u64, last u64 (little-endian), boot 16 bytes
//
// Home: that of its Random; opening: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "model/ids.hpp"
#include "model/stream.hpp"

namespace wayside::seal {

// Wiped from memory at its end. Move-only.
class Key {
 public:
  static constexpr std::size_t kBytes = 32;
  using Id = std::array<std::uint8_t, 8>;

  explicit Key(std::span<const std::uint8_t, kBytes> bytes);
  Key(Key&& other) noexcept;
  Key& operator=(Key&& other) noexcept;
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  ~Key();

  [[nodiscard]] const Id& id() const { return id_; }
  [[nodiscard]] const std::uint8_t* data() const { return bytes_.data(); }

 private:
  std::array<std::uint8_t, kBytes> bytes_{};
  Id id_{};
};

// Where a row stands: what it is bound to.
struct Place {
  model::Epoch epoch{};
  model::Stream stream;
  model::ChunkNumber first = 0;
  model::ChunkNumber last = 0;
  base::BootId boot{};
};

class Keyring {
 public:
  static constexpr std::size_t kOverhead = 1 + 8 + 12 + 16;  // bytes that sealing adds

  // `random` must be unpredictable (base::SystemRandom) and outlive this.
  Keyring(Key newest, std::vector<Key> earlier, base::Random& random);

  // Errors: internal (the library refused).
  [[nodiscard]] base::Result<base::Bytes> seal(const Place& place, base::ByteView plain);
  // Takes any bytes. Errors: corrupt (changed, cut off, or of another place), denied (sealed with a key that is not
  // here). Both drop_record: it will not open later either, unless the key comes back.
  [[nodiscard]] base::Result<base::Bytes> open(const Place& place, base::ByteView sealed) const;

 private:
  [[nodiscard]] const Key* find(base::ByteView id) const;

  std::vector<Key> keys_;  // the newest first
  base::Random& random_;
};

}  // namespace wayside::seal
