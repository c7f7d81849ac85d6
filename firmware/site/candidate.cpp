#include "site/candidate.hpp"

#include <utility>

#include "wire/config_bundle.hpp"
#include "wire/digest.hpp"

namespace wayside::site {
namespace {

std::string in_folder(const std::string& folder, const std::string& path) {
  return config::plain_path(path.starts_with('/') ? path : folder + "/" + path);
}

config::KeptFiles kept_files(const model::ConfigBundle& bundle, const std::string& folder) {
  config::FileTexts texts;
  for (const auto& [path, text] : bundle.files) texts[in_folder(folder, path)] = text;
  return config::KeptFiles(std::move(texts));
}

}  // namespace

Candidate read_candidate(const std::string& file, const config::Files& files,
                         std::span<const device::DriverFamily* const> families) {
  Candidate out;
  const config::NotedFiles noted(files);
  auto loaded = config::load_gateway(file, families, noted);
  out.bundle.main = config::plain_path(file);
  out.bundle.files = noted.read_so_far();
  out.digest = wire::sha256(wire::encode_bundle(out.bundle));
  out.problems = std::move(loaded.problems);
  if (!loaded.value) return out;
  out.config = std::make_unique<config::GatewayConfig>(*std::move(loaded.value));
  auto assembled = assemble(*out.config, families);
  out.problems = std::move(assembled.problems);
  config::sort_problems(out.problems);
  if (!assembled.value) return out;
  out.warnings = std::exchange(assembled.value->warnings, {});
  out.assembly = std::move(assembled.value);
  return out;
}

Candidate open_candidate(const model::ConfigBundle& bundle, const std::string& folder,
                         std::span<const device::DriverFamily* const> families) {
  return read_candidate(in_folder(folder, bundle.main), kept_files(bundle, folder), families);
}

Candidate read_candidate(const model::ConfigBundle& bundle, const std::string& folder, const config::Files& under,
                         std::span<const device::DriverFamily* const> families) {
  const auto kept = kept_files(bundle, folder);
  return read_candidate(in_folder(folder, bundle.main), config::OverlaidFiles(kept, under), families);
}

}  // namespace wayside::site
