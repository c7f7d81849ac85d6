#include "wire/config_bundle.hpp"

#include "wire/bundle_message.hpp"
#include "wire/fixed_order.hpp"

namespace wayside::wire {
namespace {

base::Error corrupt(const char* what) { return {base::Errc::corrupt, base::Consequence::drop_record, what}; }

base::Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

}  // namespace

base::Bytes encode_bundle(const model::ConfigBundle& bundle) {
  v1::ConfigBundle message;
  message.set_main(bundle.main);
  for (const auto& [path, text] : bundle.files) {
    auto& file = *message.add_files();
    file.set_path(path);
    file.set_text(text);
  }
  return encode_in_fixed_order(message);
}

base::Result<model::ConfigBundle> read_bundle(base::ByteView bytes) {
  v1::ConfigBundle message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return corrupt("not a configuration");
  return bundle_of(message);
}

base::Result<model::ConfigBundle> bundle_of(const v1::ConfigBundle& message) {
  model::ConfigBundle out;
  out.main = message.main();
  for (const auto& file : message.files()) {
    if (!out.files.emplace(file.path(), file.text()).second) return corrupt("a file stands twice in it");
  }
  if (!out.files.contains(out.main)) return corrupt("its main file is not among its files");
  return out;
}

base::Bytes encode_journal(const model::ConfigJournal& journal) {
  v1::ConfigJournal message;
  message.set_current(journal.current);
  message.set_trial(journal.trial);
  message.set_file_digest(journal.file_digest.data(), journal.file_digest.size());
  for (const auto& version : journal.versions) {
    auto& out = *message.add_versions();
    out.set_number(version.number);
    out.set_wall_us(version.wall_us);
    out.set_by(version.by);
    out.set_origin(version.origin);
    out.set_file(version.file);
    out.set_reason(version.reason);
    out.set_digest(version.digest.data(), version.digest.size());
    out.set_state(static_cast<v1::ConfigState>(static_cast<int>(version.state) + 1));
    out.set_outcome(version.outcome);
    out.set_forgotten(version.forgotten);
  }
  return encode_in_fixed_order(message);
}

base::Result<model::ConfigJournal> read_journal(base::ByteView bytes) {
  v1::ConfigJournal message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return corrupt("not a journal");
  model::ConfigJournal out;
  out.current = message.current();
  out.trial = message.trial();
  out.file_digest = bytes_of(message.file_digest());
  std::uint64_t last = 0;
  for (const auto& version : message.versions()) {
    if (version.state() < v1::CONFIG_STATE_TRIAL || version.state() > v1::CONFIG_STATE_REFUSED) {
      return corrupt("a version in no state");
    }
    if (version.number() <= last) return corrupt("versions out of order");
    last = version.number();
    out.versions.push_back({version.number(), version.wall_us(), version.by(), version.origin(), version.file(),
                            version.reason(), bytes_of(version.digest()),
                            static_cast<model::ConfigState>(static_cast<int>(version.state()) - 1), version.outcome(),
                            version.forgotten()});
  }
  for (const auto number : {out.current, out.trial}) {
    if (number != 0 && out.find(number) == nullptr) return corrupt("a version that it does not know");
  }
  return out;
}

}  // namespace wayside::wire
