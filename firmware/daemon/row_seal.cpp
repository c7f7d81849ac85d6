#include "daemon/row_seal.hpp"

#include <cstdlib>
#include <utility>

#include "seal/key_file.hpp"

namespace wayside::daemon {
namespace {

class SensitiveSealer final : public ports::RowSealer {
 public:
  SensitiveSealer(seal::Key newest, std::vector<seal::Key> earlier)
      : keys_(std::move(newest), std::move(earlier), random_) {}

  [[nodiscard]] bool seals(model::Stream stream) const override {
    return stream.data_class == model::DataClass::sensitive;
  }
  [[nodiscard]] base::Result<base::Bytes> seal(const ports::ChunkKey& key, const base::BootId& boot,
                                               base::ByteView plain) override {
    return keys_.seal(place_of(key, boot), plain);
  }
  [[nodiscard]] base::Result<base::Bytes> open(const ports::ChunkKey& key, const base::BootId& boot,
                                               base::ByteView sealed) const override {
    return keys_.open(place_of(key, boot), sealed);
  }

 private:
  static seal::Place place_of(const ports::ChunkKey& key, const base::BootId& boot) {
    return {key.epoch, key.stream, key.first, key.last, boot};
  }

  base::SystemRandom random_;
  seal::Keyring keys_;
};

base::Result<seal::Key> read_key(const config::KeySource& source) {
  if (!source.is_credential) return seal::read_key_file(source.name);
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr) {
    return base::Error{base::Errc::config, base::Consequence::fatal,
                       "credential " + source.name +
                           ": there are none; name it in the unit of the service (LoadCredential=) and start it there"};
  }
  return seal::read_key_file(std::string(folder) + "/" + source.name);
}

}  // namespace

base::Result<std::unique_ptr<ports::RowSealer>> make_sealer(const config::SealConfig& config) {
  auto newest = read_key(config.newest);
  if (!newest) return newest.error().in("store.seal");
  std::vector<seal::Key> earlier;
  for (const auto& source : config.earlier) {
    auto key = read_key(source);
    if (!key) return key.error().in("store.seal.earlier");
    earlier.push_back(std::move(*key));
  }
  return std::unique_ptr<ports::RowSealer>(std::make_unique<SensitiveSealer>(std::move(*newest), std::move(earlier)));
}

}  // namespace wayside::daemon
