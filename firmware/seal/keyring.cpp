#include "seal/keyring.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "base/assert.hpp"

namespace wayside::seal {
namespace {

constexpr std::uint8_t kForm = 1;
constexpr std::size_t kHead = 1 + std::tuple_size_v<Key::Id>;
constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
static_assert(kHead + kNonce + kTag == Keyring::kOverhead);

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

base::Error refused(const char* what) { return {base::Errc::internal, base::Consequence::retry_later, what}; }
base::Error unreadable(base::Errc code, const char* what) { return {code, base::Consequence::drop_record, what}; }

base::Bytes associated(base::ByteView head, const Place& place) {
  base::ByteWriter out;
  for (const auto byte : head) out.u8(byte);
  out.u64(static_cast<std::uint64_t>(place.epoch));
  out.u8(static_cast<std::uint8_t>(model::stream_number(place.stream)));
  out.u64(place.first);
  out.u64(place.last);
  for (const auto byte : place.boot) out.u8(byte);
  return out.take();
}

}  // namespace

Key::Key(std::span<const std::uint8_t, kBytes> bytes) {
  std::ranges::copy(bytes, bytes_.begin());
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  WAYSIDE_ASSERT(EVP_Digest(bytes_.data(), bytes_.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  std::copy_n(digest.begin(), id_.size(), id_.begin());
}

Key::Key(Key&& other) noexcept : bytes_(other.bytes_), id_(other.id_) {
  OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
}

Key& Key::operator=(Key&& other) noexcept {
  if (this == &other) return *this;
  bytes_ = other.bytes_;
  id_ = other.id_;
  OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
  return *this;
}

Key::~Key() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

Keyring::Keyring(Key newest, std::vector<Key> earlier, base::Random& random) : random_(random) {
  keys_.push_back(std::move(newest));
  for (auto& key : earlier) keys_.push_back(std::move(key));
}

const Key* Keyring::find(base::ByteView id) const {
  const auto found = std::ranges::find_if(keys_, [id](const Key& key) { return std::ranges::equal(key.id(), id); });
  return found == keys_.end() ? nullptr : &*found;
}

base::Result<base::Bytes> Keyring::seal(const Place& place, base::ByteView plain) {
  const auto& key = keys_.front();
  base::ByteWriter head;
  head.u8(kForm);
  for (const auto byte : key.id()) head.u8(byte);
  head.u64(random_.next());
  head.u32(static_cast<std::uint32_t>(random_.next()));
  base::Bytes out = head.take();
  out.resize(plain.size() + kOverhead);
  const auto bound = associated(base::ByteView(out).first(kHead), place);

  const Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  std::uint8_t* const nonce = out.data() + kHead;
  std::uint8_t* const cipher = nonce + kNonce;
  int written = 0;
  const bool good =
      context &&
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce) == 1 &&  // 96-bit nonce: default
      EVP_EncryptUpdate(context.get(), nullptr, &written, bound.data(), static_cast<int>(bound.size())) == 1 &&
      EVP_EncryptUpdate(context.get(), cipher, &written, plain.data(), static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), cipher + plain.size(), &written) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTag), cipher + plain.size()) == 1;
  if (!good) return refused("AES-256-GCM: the library refused to seal");
  return out;
}

base::Result<base::Bytes> Keyring::open(const Place& place, base::ByteView sealed) const {
  if (sealed.size() < kOverhead || sealed[0] != kForm) return unreadable(base::Errc::corrupt, "not a sealed row");
  const auto* key = find(sealed.subspan(1, kHead - 1));
  if (key == nullptr) return unreadable(base::Errc::denied, "sealed with a key that is not here");
  const auto bound = associated(sealed.first(kHead), place);
  const auto cipher = sealed.subspan(kHead + kNonce, sealed.size() - kOverhead);
  base::Bytes tag(sealed.end() - static_cast<std::ptrdiff_t>(kTag), sealed.end());
  base::Bytes out(cipher.size() + 1);  // one more: an empty one has an address too

  const Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  int written = 0;
  const bool ready =
      context &&
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key->data(), sealed.data() + kHead) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &written, bound.data(), static_cast<int>(bound.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), out.data(), &written, cipher.data(), static_cast<int>(cipher.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTag), tag.data()) == 1;
  if (!ready) return refused("AES-256-GCM: the library refused to open");
  if (EVP_DecryptFinal_ex(context.get(), out.data() + cipher.size(), &written) != 1) {
    OPENSSL_cleanse(out.data(), out.size());
    return unreadable(base::Errc::corrupt, "a sealed row that was changed, or stands in the place of another");
  }
  out.resize(cipher.size());
  return out;
}

}  // namespace wayside::seal
