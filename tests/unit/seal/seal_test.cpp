// Rows sealed at rest: opened in their place and nowhere else, with their key and no other.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "seal/key_file.hpp"
#include "seal/keyring.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)

const model::Stream kSensitive{model::StreamKind::telemetry, model::DataClass::sensitive};

seal::Key key_from(std::uint8_t start) {
  std::array<std::uint8_t, seal::Key::kBytes> bytes{};
  for (auto& byte : bytes) byte = start++;
  return seal::Key(bytes);
}

seal::Place place() { return {model::Epoch{77}, kSensitive, 41, 45, {7}}; }

base::Bytes plain(std::string_view text = "plate B-12345") {
  const auto bytes = base::as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

seal::Keyring ring(base::Random& random, std::uint8_t newest, std::vector<std::uint8_t> earlier = {}) {
  std::vector<seal::Key> keys;
  for (const auto start : earlier) keys.push_back(key_from(start));
  return {key_from(newest), std::move(keys), random};
}

// A folder of its own, gone afterwards.
struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "wayside-seal.XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  [[nodiscard]] std::string write(const std::string& name, std::string_view content, mode_t mode = 0600) const {
    const auto file = path + "/" + name;
    std::ofstream(file, std::ios::binary) << content;
    REQUIRE(chmod(file.c_str(), mode) == 0);
    return file;
  }
  std::string path;
};

const std::string kDigits = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

}  // namespace

TEST_CASE("what is sealed is what another implementation of AES-256-GCM makes of the same") {
  base::SeededRandom random(1);
  const auto sealed = ring(random, 0).seal(place(), plain());
  REQUIRE(sealed.has_value());
  // python3: cryptography.hazmat, AESGCM(key).encrypt(nonce, text, associated data), head and nonce in front
  CHECK(base::to_hex(*sealed) ==
        "01630dcd2966c43366c15c0289ec2d0a9167ec8e65f35a7cccd8e0b38e479c80a262248eeea9b9fb88c6245c96815fc105dd");
}

TEST_CASE("a sealed row opens in its place, and its value does not stand in it") {
  base::SeededRandom random(2);
  auto keys = ring(random, 0);
  for (const std::string text : {"", "x", "plate B-12345"}) {
    const auto sealed = keys.seal(place(), plain(text));
    REQUIRE(sealed.has_value());
    CHECK(sealed->size() == text.size() + seal::Keyring::kOverhead);
    if (text.size() > 4) CHECK(base::as_text(*sealed).find(text) == std::string::npos);
    const auto opened = keys.open(place(), *sealed);
    REQUIRE(opened.has_value());
    CHECK(*opened == plain(text));
  }
  CHECK(*keys.seal(place(), plain()) != *keys.seal(place(), plain()));
}

TEST_CASE("a row that was changed anywhere, or cut, does not open") {
  base::SeededRandom random(3);
  auto keys = ring(random, 0);
  const auto sealed = *keys.seal(place(), plain());
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    for (const unsigned bit : {0x01U, 0x80U}) {
      auto changed = sealed;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ bit);
      CHECK_FALSE(keys.open(place(), changed).has_value());
    }
    CHECK_FALSE(keys.open(place(), base::ByteView(sealed).first(i)).has_value());
  }
  auto longer = sealed;
  longer.push_back(0);
  CHECK(keys.open(place(), longer).error().code == base::Errc::corrupt);
}

TEST_CASE("a row does not open in the place of another") {
  base::SeededRandom random(4);
  auto keys = ring(random, 0);
  const auto sealed = *keys.seal(place(), plain());
  const auto opens_at = [&](auto change) {
    auto other = place();
    change(other);
    return keys.open(other, sealed).has_value();
  };
  CHECK(opens_at([](seal::Place&) {}));
  CHECK_FALSE(opens_at([](seal::Place& p) { p.epoch = model::Epoch{78}; }));
  CHECK_FALSE(opens_at([](seal::Place& p) { p.stream.kind = model::StreamKind::alarm; }));
  CHECK_FALSE(opens_at([](seal::Place& p) { p.stream.data_class = model::DataClass::internal; }));
  CHECK_FALSE(opens_at([](seal::Place& p) { p.first = 40; }));
  CHECK_FALSE(opens_at([](seal::Place& p) { p.last = 46; }));
  CHECK_FALSE(opens_at([](seal::Place& p) { p.boot[15] = 1; }));
}

TEST_CASE("a new key seals, the earlier one still opens, and without it the row is unreadable and not damaged") {
  base::SeededRandom random(5);
  auto before = ring(random, 0);
  const auto old_row = *before.seal(place(), plain());
  auto after = ring(random, 100, {0});
  const auto new_row = *after.seal(place(), plain());
  CHECK(*after.open(place(), old_row) == plain());
  CHECK(*after.open(place(), new_row) == plain());
  CHECK(before.open(place(), new_row).error().code == base::Errc::denied);
  CHECK(ring(random, 100).open(place(), old_row).error().code == base::Errc::denied);
}

TEST_CASE("a key is read as bytes or as digits, from a file that only its owner can use") {
  const Folder folder;
  const auto id = key_from(0).id();
  CHECK(seal::read_key_file(folder.write("digits", kDigits)).value().id() == id);
  CHECK(seal::read_key_file(folder.write("line", kDigits + "\n")).value().id() == id);
  const auto raw = base::from_hex(kDigits);
  CHECK(seal::read_key_file(folder.write("raw", base::as_text(*raw), 0400)).value().id() == id);

  const auto why = [](const std::string& path) {
    const auto key = seal::read_key_file(path);
    REQUIRE(key.has_error());
    CHECK(key.error().code == base::Errc::config);
    CHECK(key.error().what.find(path) != std::string::npos);
    CHECK(key.error().what.find(kDigits.substr(0, 8)) == std::string::npos);
    return key.error().what;
  };
  CHECK(why(folder.write("open", kDigits, 0640)).find("mode 0640") != std::string::npos);
  CHECK(why(folder.write("open", kDigits, 0640)).find("chmod 0600") != std::string::npos);
  CHECK(why(folder.write("short", kDigits.substr(1))).find("neither 32 bytes nor 64") != std::string::npos);
  CHECK(why(folder.write("long", kDigits + "\n\n")).find("neither") != std::string::npos);
  CHECK(why(folder.write("empty", "")).find("neither") != std::string::npos);
  CHECK(why(folder.write("wrong", "00g" + kDigits.substr(3))).find("column 3") != std::string::npos);
  CHECK(why(folder.path + "/none").find("openssl rand -hex 32") != std::string::npos);
  REQUIRE(chmod(folder.path.c_str(), 0700) == 0);
  CHECK(why(folder.path).find("not a file") != std::string::npos);
}
