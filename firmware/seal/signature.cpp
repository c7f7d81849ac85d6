#include "seal/signature.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/assert.hpp"
#include "base/unique_fd.hpp"
#include "seal/own_file.hpp"

namespace wayside::seal {
namespace {

using Pkey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

constexpr const char* kMakeOne = "make one with: openssl genpkey -algorithm ED25519";

// No passphrase is ever asked for.
int no_passphrase(char* /*out*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

Pkey owned(EVP_PKEY* key) { return {key, &EVP_PKEY_free}; }

base::Result<PublicKey> public_half(const Pkey& key, const std::string& path) {
  PublicKey::Raw raw{};
  std::size_t size = raw.size();
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key.get(), raw.data(), &size) != 1 || size != raw.size()) {
    return wrong_key_file(path, fmt::format("no Ed25519 key in PEM; {}", kMakeOne));
  }
  return PublicKey(raw);
}

base::Error not_written(const std::string& path) {
  return {base::Errc::io, base::Consequence::fatal, fmt::format("key file {}: {}", path, std::strerror(errno)), errno};
}

// Whole or not at all: a power cut must not leave half a key under its name.
base::Result<void> write_new(const std::string& path, EVP_PKEY* key) {
  const std::string draft = path + ".new";
  const base::UniqueFd fd(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return not_written(draft);
  File file(::fdopen(::dup(fd.get()), "w"), &std::fclose);
  if (!file) return not_written(draft);
  const bool written = PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1;
  if (!written || std::fflush(file.get()) != 0 || ::fsync(fd.get()) != 0) return not_written(draft);
  if (::rename(draft.c_str(), path.c_str()) != 0) return not_written(path);
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const base::UniqueFd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return not_written(folder);
  return {};
}

}  // namespace

base::Result<PublicKey> PublicKey::read_pem(const std::string& path) {
  const File file(std::fopen(path.c_str(), "re"), &std::fclose);
  if (!file) return wrong_key_file(path, std::strerror(errno));
  return public_half(owned(PEM_read_PUBKEY(file.get(), nullptr, &no_passphrase, nullptr)), path);
}

bool PublicKey::verifies(base::ByteView message, base::ByteView signature) const {
  const auto key = owned(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw_.data(), raw_.size()));
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

base::Result<SigningKey> SigningKey::load_or_make(const std::string& path) {
  auto key = owned(nullptr);
  if (const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)); fd) {
    if (auto good = check_owner(path, fd.get()); !good) return good.error();
    const File file(::fdopen(::dup(fd.get()), "r"), &std::fclose);
    if (!file) return wrong_key_file(path, std::strerror(errno));
    key = owned(PEM_read_PrivateKey(file.get(), nullptr, &no_passphrase, nullptr));
  } else if (errno == ENOENT) {
    key = owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    if (!key) return wrong_key_file(path, "OpenSSL makes no Ed25519 key");
    if (auto written = write_new(path, key.get()); !written) return written.error();
  } else {
    return wrong_key_file(path, std::strerror(errno));
  }
  const auto its = public_half(key, path);
  if (!its) return its.error();
  Seed seed{};
  std::size_t size = seed.size();
  if (EVP_PKEY_get_raw_private_key(key.get(), seed.data(), &size) != 1 || size != seed.size()) {
    return wrong_key_file(path, fmt::format("no private Ed25519 key; {}", kMakeOne));
  }
  SigningKey out(seed, *its);
  OPENSSL_cleanse(seed.data(), seed.size());
  return out;
}

SigningKey::SigningKey(SigningKey&& other) noexcept : seed_(other.seed_), public_(other.public_) {
  OPENSSL_cleanse(other.seed_.data(), other.seed_.size());
}

SigningKey& SigningKey::operator=(SigningKey&& other) noexcept {
  if (this == &other) return *this;
  seed_ = other.seed_;
  public_ = other.public_;
  OPENSSL_cleanse(other.seed_.data(), other.seed_.size());
  return *this;
}

SigningKey::~SigningKey() { OPENSSL_cleanse(seed_.data(), seed_.size()); }

base::Bytes SigningKey::sign(base::ByteView message) const {
  const auto key = owned(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed_.data(), seed_.size()));
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  base::Bytes out(kSignatureBytes);
  std::size_t size = out.size();
  WAYSIDE_ASSERT(key && context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                 EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) == 1 &&
                 size == out.size());
  return out;
}

}  // namespace wayside::seal
