// The checks of the way to the brokers: names, certificates, the connection itself.
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/timex.h>

#include <boost/asio/io_context.hpp>

#include "cli/checkup.hpp"
#include "cli/output.hpp"
#include "cli/translation.hpp"
#include "uplink/broker_probe.hpp"

namespace wayside::cli {
namespace {

namespace v1 = control::v1;

std::string name_of(const v1::Broker& broker) {
  const bool v6 = broker.host().find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", broker.tls() ? "mqtts" : "mqtt", v6 ? "[" : "", broker.host(), v6 ? "]" : "",
                     broker.port());
}

uplink::TlsFiles files_of(const v1::CheckupResponse& site) {
  return {site.ca_file(), site.certificate_file(), site.key_file(), site.revocation()};
}

Found check_name(const std::string& host) {
  Found out{"name", host, Health::ok, "", ""};
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), nullptr, &wanted, &found); error != 0) {
    out.verdict = Health::fault;
    out.what = std::string(tr("its address is not known: ")) + ::gai_strerror(error);
    out.remedy = tr("see to the name server (`resolvectl status`, /etc/resolv.conf) and to the link it is asked over");
    return out;
  }
  std::array<char, NI_MAXHOST> text{};
  ::getnameinfo(found->ai_addr, found->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
  ::freeaddrinfo(found);
  out.what = tr_format("is {}", text.data());
  return out;
}

uplink::Finding probe(const v1::Broker& broker, const v1::CheckupResponse& site) {
  boost::asio::io_context io;
  uplink::Finding out;
  const auto files = broker.tls() ? std::optional(files_of(site)) : std::nullopt;
  uplink::probe_broker(io, broker.host(), static_cast<std::uint16_t>(broker.port()), files,
                       [&out](uplink::Finding finding) { out = std::move(finding); });
  io.run();
  return out;
}

std::string remedy_of(const uplink::Finding& finding) {
  if (finding.about_dates)
    return tr("set the clock right first (`wayside time`); if it is right, renew the certificate");
  switch (finding.at) {
    case uplink::Finding::At::network:
      return tr("see to the modem or cable (`ip route`, `ping`), the SIM's contract, and a firewall on the way");
    case uplink::Finding::At::handshake:
      return tr("see to the files of `uplink: {tls}` and the broker's own certificate");
    case uplink::Finding::At::broker: break;
  }
  return tr("see to the broker");
}

Found check_reach(const v1::Broker& broker, const v1::CheckupResponse& site) {
  Found out{"broker", name_of(broker), Health::ok, "", ""};
  const auto finding = probe(broker, site);
  if (finding.reason.empty()) {
    out.what = broker.tls() ? tr("can be reached, and its certificate holds") : tr("can be reached");
    return out;
  }
  out.verdict = Health::fault;
  out.what = finding.reason;
  out.remedy = remedy_of(finding);
  return out;
}

}  // namespace

std::vector<Found> check_certificates(const v1::CheckupResponse& site) {
  bool tls = false;
  for (const auto& broker : site.brokers()) tls = tls || broker.tls();
  if (!tls) return {};
  Found out{"certificate", "", Health::ok, "", ""};
  const auto term = uplink::check_tls_files(files_of(site));
  if (!term) {
    out.verdict = Health::fault;
    out.what = term.error().what;
    out.remedy = tr("put the file right: the next connection reads it anew, the daemon need not be restarted");
    return {out};
  }
  if (!*term) {
    out.what = tr("the system's authorities are used; nothing of ours ends");
    return {out};
  }
  constexpr std::int64_t kDay = 86400;
  timex now{};
  ::adjtimex(&now);
  const auto left = (*term)->until.time_since_epoch().count() / 1'000'000 - now.time.tv_sec;
  out.subject = (*term)->what;
  out.what = left < 0 ? tr_format("ended {} ago", for_people(-left * 1'000'000))
                      : tr_format("serves for {} more", for_people(left * 1'000'000));
  if (left < 30 * kDay) {
    out.verdict = left < 7 * kDay ? Health::fault : Health::warning;
    out.remedy = tr("renew it; where the clock is wrong (`wayside time`) set that right first");
  }
  return {out};
}

std::vector<Found> check_brokers(const v1::CheckupResponse& site) {
  std::vector<Found> out;
  std::string last;
  for (const auto& broker : site.brokers()) {
    if (broker.host() != last) out.push_back(check_name(broker.host()));
    last = broker.host();
    if (out.back().check == "name" && out.back().verdict == Health::fault) continue;
    out.push_back(check_reach(broker, site));
  }
  return out;
}

}  // namespace wayside::cli
