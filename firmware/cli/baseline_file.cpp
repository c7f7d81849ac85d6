#include "cli/baseline_file.hpp"

#include <cstdio>
#include <fstream>

#include "cli/translation.hpp"

#include "wire/baseline.hpp"

namespace wayside::cli {
namespace {

base::Error io(const std::string& path, const char* what) {
  return {base::Errc::io, base::Consequence::fatal, path + ": " + what};
}

}  // namespace

base::Result<std::vector<model::SharedBaseline>> read_baseline_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  base::Bytes bytes(wire::kMostBaselineBytes + 1);  // one more than may be: then it is too large
  if (!in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())) && !in.eof()) {
    return io(path, tr("cannot be read"));
  }
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  auto read = wire::decode_baselines(bytes);
  if (!read) return read.error().in(path);
  return read;
}

base::Result<void> write_baseline_file(const std::string& path, std::span<const model::SharedBaseline> baselines) {
  const auto bytes = wire::encode_baselines(baselines);
  const auto beside = path + ".part";
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (out && std::rename(beside.c_str(), path.c_str()) == 0) return {};
  std::remove(beside.c_str());
  return io(path, tr("cannot be written"));
}

}  // namespace wayside::cli
