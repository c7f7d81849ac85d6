#include "seal/signature.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)

namespace {

struct Folder {
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "wayside-sign.XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  [[nodiscard]] std::string file(const std::string& name) const { return path + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name)) << text;
    return file(name);
  }
  std::string path;
};

// RFC 8032, 7.1, test 2: the key pair, one message of one byte, its signature.
constexpr const char* kPublic = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
constexpr const char* kSignature =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
    "b00d291612bb0c00";

seal::PublicKey key_of(const char* hex) {
  seal::PublicKey::Raw raw{};
  std::ranges::copy(*base::from_hex(hex), raw.begin());
  return seal::PublicKey(raw);
}

}  // namespace

TEST_CASE("a signature of RFC 8032 holds, and for nothing else") {
  const auto key = key_of(kPublic);
  auto signature = *base::from_hex(kSignature);
  CHECK(key.verifies(base::Bytes{0x72}, signature));
  CHECK_FALSE(key.verifies(base::Bytes{0x73}, signature));
  CHECK_FALSE(key.verifies(base::Bytes{}, signature));
  CHECK_FALSE(key.verifies(base::Bytes{0x72}, base::Bytes{}));
  CHECK_FALSE(key.verifies(base::Bytes{0x72}, base::Bytes(63, 1)));
  signature[3] ^= 1U;
  CHECK_FALSE(key.verifies(base::Bytes{0x72}, signature));
}

TEST_CASE("the gateway's key is made once, kept to its owner, and signs") {
  const Folder folder;
  const auto made = seal::SigningKey::load_or_make(folder.file("audit.key"));
  REQUIRE(made.has_value());
  struct stat status {};
  REQUIRE(::stat(folder.file("audit.key").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0600U);
  CHECK_FALSE(std::filesystem::exists(folder.file("audit.key.new")));
  const auto again = seal::SigningKey::load_or_make(folder.file("audit.key"));
  REQUIRE(again.has_value());
  CHECK(again->public_key().raw() == made->public_key().raw());
  CHECK(again->public_key().verifies(base::Bytes{1, 2}, made->sign(base::Bytes{1, 2})));
}

TEST_CASE("a key that others may read, or that is none, is told and not used") {
  const Folder folder;
  const auto path = folder.file("audit.key");
  REQUIRE(seal::SigningKey::load_or_make(path).has_value());
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  CHECK(seal::SigningKey::load_or_make(path).error().what ==
        "key file " + path + ": others may use it (mode 0644): chmod 0600 " + path);
  const auto other = folder.write("other", "not a key\n");
  REQUIRE(::chmod(other.c_str(), 0600) == 0);
  CHECK(seal::SigningKey::load_or_make(other).error().what ==
        "key file " + other + ": no Ed25519 key in PEM; make one with: openssl genpkey -algorithm ED25519");
  CHECK(seal::SigningKey::load_or_make(folder.file("none/audit.key")).error().code == base::Errc::io);
}

TEST_CASE("the platform's key is a public one in PEM") {
  const Folder folder;
  const auto good = folder.write("good.pem",
                                 "-----BEGIN PUBLIC KEY-----\n"
                                 "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
                                 "-----END PUBLIC KEY-----\n");
  const auto read = seal::PublicKey::read_pem(good);
  REQUIRE(read.has_value());
  CHECK(base::to_hex(read->raw()) == kPublic);
  CHECK(seal::PublicKey::read_pem(folder.file("none")).error().what ==
        "key file " + folder.file("none") + ": No such file or directory");
  const auto wrong = folder.write("wrong.pem", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
  CHECK(seal::PublicKey::read_pem(wrong).error().code == base::Errc::config);
}
