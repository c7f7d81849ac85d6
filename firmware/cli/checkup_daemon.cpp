// The checks of what the daemon says: the clock it trusts, its store, its link, the field.
#include <fmt/format.h>

#include "cli/checkup.hpp"
#include "cli/output.hpp"
#include "cli/point_text.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

namespace v1 = control::v1;

constexpr std::int64_t kSecond = 1'000'000;

std::uint64_t counter(const v1::StatusResponse& status, const std::string& name) {
  const auto found = status.counters().find(name);
  return found == status.counters().end() ? 0 : found->second;
}

Found check_use(const v1::BusUse& bus) {
  Found out{"bus use", bus.bus(), Health::ok, tr_format("{} % of its time since the start", bus.used_per_mille() / 10),
            ""};
  if (bus.used_per_mille() <= 800) return out;
  out.verdict = bus.used_per_mille() > 950 ? Health::fault : Health::warning;
  out.remedy = tr("longer periods, a faster line or a second bus; `waysided --check` prints who uses how much");
  return out;
}

Found check_device(const v1::Device& device, const v1::BusesResponse& buses) {
  Found out{"device", device.id(), Health::fault, "", ""};
  out.what = device.last_answer_us_ago() < 0
                 ? tr_format("has never answered since the start: {}", device.last_error())
                 : tr_format("silent for {}: {}", for_people(device.last_answer_us_ago()), device.last_error());
  for (const auto& bus : buses.buses()) {
    if (bus.id() != device.bus()) continue;
    out.remedy =
        bus.devices_communicating() == 0 && bus.devices() > 1
            ? tr_format("no device of bus {} answers: see to the line first (A and B, termination, speed)", bus.id())
            : tr("see to its supply, its address and its speed; `wayside why` of one of its points shows the frames");
  }
  return out;
}

}  // namespace

Found check_clock(const v1::TimeResponse& time) {
  constexpr std::int64_t kStep = 100'000;
  Found out{
      "clock", "", Health::ok,
      time.source() == "rtc" ? tr("the site vouches for it (battery clock)") : tr("synchronised, says the kernel"), ""};
  if (!time.trusted()) {
    out.verdict = Health::warning;
    out.what = tr("not trusted: what is measured is kept in order and gets its dates later");
    out.remedy =
        tr("see to NTP (`timedatectl status`), or let the site vouch for a battery clock (`clock: {trust: rtc}`)");
  } else if (time.has_offset_us() && std::abs(time.offset_us()) > kStep) {
    out.verdict = Health::warning;
    out.what += tr_format("; it is {} ms off its own newest anchor", time.offset_us() / 1000);
    out.remedy = tr("someone sets the clock by steps: see that only one program keeps it");
  } else if (time.wall_us() < time.last_known_us() - kSecond) {
    out.verdict = Health::fault;
    out.what =
        tr_format("it shows {}, but {} was reached before", date_text(time.wall_us()), date_text(time.last_known_us()));
    out.remedy = tr("set it right; a battery clock that lost its time needs a new battery");
  }
  return out;
}

std::vector<Found> check_store(const v1::StatusResponse& status) {
  const auto& store = status.store();
  Found loss{"loss", "", Health::ok, tr("nothing was lost since the start"), ""};
  const auto dropped = counter(status, "recorder.dropped_chunks");
  if (store.evicted() + store.damaged() + dropped > 0) {
    loss.verdict = dropped > 0 || store.damaged() > 0 ? Health::fault : Health::warning;
    loss.what = tr_format("since the start: {} chunks evicted for want of room, {} damaged, {} never written",
                          store.evicted(), store.damaged(), dropped);
    loss.remedy = store.evicted() > 0
                      ? tr("give the store more room, or the link more budget: telemetry comes faster than "
                           "it leaves")
                      : tr("look at the disk (`dmesg`, `wayside store`): it gives back what was not written");
  }
  Found writes{"store", store.path(), Health::ok,
               tr_format("takes {} of {}", bytes_for_people(store.taken_bytes()), bytes_for_people(store.max_bytes())),
               ""};
  if (store.failed_commits() > 0) {
    writes.verdict = Health::warning;
    writes.what = tr_format("{} of {} commits failed since the start", store.failed_commits(),
                            store.commits() + store.failed_commits());
    writes.remedy = tr("the disk did not take them (full, or failing): see `check` of the disk and `dmesg`");
  }
  return {std::move(writes), std::move(loss)};
}

std::vector<Found> check_link(const v1::StatusResponse& status) {
  constexpr std::int64_t kLongAgo = 600 * kSecond;
  const auto& uplink = status.uplink();
  if (uplink.broker().empty()) {
    return {{"link", "", Health::skipped, tr("no uplink is configured: this gateway only stores"), ""}};
  }
  std::vector<Found> out;
  Found link{"link", uplink.broker(), Health::ok, tr_format("up for {}", for_people(uplink.since_us_ago())), ""};
  if (!uplink.up()) {
    link.verdict = Health::fault;
    link.what = tr_format("down for {}: {}", for_people(uplink.since_us_ago()), uplink.reason());
    link.remedy = tr("see what is said of the names, the brokers and the certificates");
  }
  out.push_back(std::move(link));
  Found ack{"acknowledged", "", Health::ok,
            uplink.last_ack_us_ago() < 0 ? tr("nothing was to be acknowledged yet")
                                         : tr_format("{} ago", for_people(uplink.last_ack_us_ago())),
            ""};
  const auto silent = uplink.last_ack_us_ago() < 0 ? status.uptime_us() : uplink.last_ack_us_ago();
  if (status.store().chunks_waiting() > 0 && silent > kLongAgo) {
    ack.verdict = Health::fault;
    ack.what = tr_format("{} chunks wait, and the broker has acknowledged nothing for {}",
                         status.store().chunks_waiting(), for_people(silent));
    ack.remedy = uplink.backfill_held()
                     ? tr("the link's budget is nearly used up: `wayside uplink` shows it")
                     : tr("see to the link; if it is up, to the broker's rights for this gateway's topics");
  }
  out.push_back(std::move(ack));
  if (!uplink.orders_problem().empty()) {
    out.push_back({"orders", "", Health::warning, uplink.orders_problem(),
                   tr("give this gateway the right to subscribe to its own `down/` topics (docs/topics.md)")});
  }
  return out;
}

std::vector<Found> check_field(const v1::DevicesResponse& devices, const v1::BusesResponse& buses,
                               const v1::CheckupResponse& site) {
  std::vector<Found> out;
  for (const auto& bus : site.buses()) {
    out.push_back(check_use(bus));
    for (const auto& twins : bus.doubles()) {
      out.push_back({"addresses", bus.bus(), Health::fault, twins,
                     tr("give one of them another address; two devices that answer at once break both answers")});
    }
  }
  for (const auto& bus : buses.buses()) {
    if (bus.line_away()) {
      out.push_back({"line", bus.id(), Health::fault, tr_format("{} cannot be reached", bus.transport()),
                     tr("see to the adapter, the cable or the network")});
    }
  }
  int silent = 0;
  for (const auto& device : devices.devices()) {
    if (device.communicating() || device.line_away()) continue;
    out.push_back(check_device(device, buses));
    ++silent;
  }
  if (silent == 0) {
    out.push_back(
        {"devices", "", Health::ok, tr_format("all {} that can be reached answer", devices.devices_size()), ""});
  }
  return out;
}

Found check_config(const v1::CheckupResponse& site) {
  Found out{"config", site.config_file(), Health::ok, tr("as it was at the start"), ""};
  if (site.changed_files().empty()) return out;
  out.verdict = Health::warning;
  out.what = tr("changed since the start: ");
  for (int i = 0; i < site.changed_files_size(); ++i) out.what += (i == 0 ? "" : ", ") + site.changed_files(i);
  out.remedy = tr("what runs is not what stands there: check it (`waysided --check`), then let the daemon take it");
  return out;
}

}  // namespace wayside::cli
