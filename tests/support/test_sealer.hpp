// A sealer with keys of a test: streams of sensitive data, as in the daemon. One thread.
#pragma once

#include <utility>
#include <vector>

#include "base/random.hpp"
#include "ports/row_sealer.hpp"
#include "seal/keyring.hpp"

namespace wayside::tests {

class TestSealer final : public ports::RowSealer {
 public:
  // Keys are told by a number. `seed`: of the nonces.
  explicit TestSealer(std::uint8_t newest = 1, const std::vector<std::uint8_t>& earlier = {}, std::uint64_t seed = 1)
      : random_(seed), keys_(key(newest), keys(earlier), random_) {}

  [[nodiscard]] bool seals(model::Stream stream) const override {
    return stream.data_class == model::DataClass::sensitive;
  }
  [[nodiscard]] base::Result<base::Bytes> seal(const ports::ChunkKey& key, const base::BootId& boot,
                                               base::ByteView plain) override {
    return keys_.seal({key.epoch, key.stream, key.first, key.last, boot}, plain);
  }
  [[nodiscard]] base::Result<base::Bytes> open(const ports::ChunkKey& key, const base::BootId& boot,
                                               base::ByteView sealed) const override {
    return keys_.open({key.epoch, key.stream, key.first, key.last, boot}, sealed);
  }

 private:
  static seal::Key key(std::uint8_t number) {
    std::array<std::uint8_t, seal::Key::kBytes> bytes{};
    bytes.fill(number);
    return seal::Key(bytes);
  }
  static std::vector<seal::Key> keys(const std::vector<std::uint8_t>& numbers) {
    std::vector<seal::Key> out;
    for (const auto number : numbers) out.push_back(key(number));
    return out;
  }

  base::SeededRandom random_;
  seal::Keyring keys_;
};

}  // namespace wayside::tests
