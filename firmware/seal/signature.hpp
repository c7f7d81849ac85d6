// Ed25519 (RFC 8032): the platform's public keys, which orders are checked with, and the gateway's own key, which the
// audit trail is signed with. Files in PEM, as `openssl genpkey -algorithm ED25519` makes them. Any thread.
#pragma once

#include <array>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace wayside::seal {

inline constexpr std::size_t kSignatureBytes = 64;

class PublicKey {
 public:
  using Raw = std::array<std::uint8_t, 32>;

  // Errors: config (no such file, no PEM, another kind of key: what to do).
  [[nodiscard]] static base::Result<PublicKey> read_pem(const std::string& path);
  explicit PublicKey(const Raw& raw) : raw_(raw) {}

  [[nodiscard]] bool verifies(base::ByteView message, base::ByteView signature) const;
  [[nodiscard]] const Raw& raw() const { return raw_; }

 private:
  Raw raw_;
};

// Wiped from memory at its end. Move-only.
class SigningKey {
 public:
  // The key of the file; where there is none, a new one is made and written there (mode 0600, synced).
  // Errors: config (others may read it, not such a key), io (it cannot be written).
  [[nodiscard]] static base::Result<SigningKey> load_or_make(const std::string& path);

  SigningKey(SigningKey&& other) noexcept;
  SigningKey& operator=(SigningKey&& other) noexcept;
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  ~SigningKey();

  [[nodiscard]] base::Bytes sign(base::ByteView message) const;
  [[nodiscard]] const PublicKey& public_key() const { return public_; }

 private:
  using Seed = std::array<std::uint8_t, 32>;
  SigningKey(const Seed& seed, const PublicKey& its) : seed_(seed), public_(its) {}

  Seed seed_;
  PublicKey public_;
};

}  // namespace wayside::seal
