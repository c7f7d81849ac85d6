#include "uplink/broker_probe.hpp"

#include <fmt/format.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

namespace wayside::uplink {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Error = boost::system::error_code;

constexpr auto kPatience = std::chrono::seconds{5};
// TLS 1.3: a broker tells only after the handshake that it does not like our certificate.
constexpr auto kAfterwards = std::chrono::milliseconds{700};

std::string common_name(X509* certificate) {
  std::array<char, 256> name{};
  const auto size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(),
                                              static_cast<int>(name.size()));
  return size > 0 ? std::string(name.data()) : "without a name";
}

std::string date_of(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

Finding finding_of(X509_STORE_CTX* store) {
  auto* certificate = X509_STORE_CTX_get_current_cert(store);
  constexpr auto at = Finding::At::handshake;
  const int error = X509_STORE_CTX_get_error(store);
  const bool leaf = X509_STORE_CTX_get_error_depth(store) == 0;
  const auto whose = certificate == nullptr ? std::string("the broker's certificate")
                                            : fmt::format("the {} certificate '{}'", leaf ? "broker's" : "authority's",
                                                          common_name(certificate));
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return {at, fmt::format("{} expired on {}", whose, date_of(X509_get0_notAfter(certificate))), true};
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return {at, fmt::format("{} is not valid before {}", whose, date_of(X509_get0_notBefore(certificate))), true};
    case X509_V_ERR_CERT_REVOKED: return {at, whose + " is revoked"};
    case X509_V_ERR_UNABLE_TO_GET_CRL: return {at, whose + ": 'ca_file' holds no revocation list of its authority"};
    case X509_V_ERR_CRL_HAS_EXPIRED:
      return {at, "the revocation list in 'ca_file' is out of date: get a new one", true};
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return {at, whose + " is of an authority that 'ca_file' does not name"};
    default: return {at, fmt::format("{}: {}", whose, X509_verify_cert_error_string(error))};
  }
}

class Probe : public std::enable_shared_from_this<Probe> {
 public:
  Probe(asio::io_context& io, std::string host, const std::optional<TlsFiles>& files,
        base::UniqueFunction<void(Finding)> done)
      : host_(std::move(host)),
        resolver_(io),
        timer_(io),
        context_(asio::ssl::context::tls_client),
        tls_(files.has_value()),
        done_(std::move(done)) {
    if (files) set_up(*files);
    // Of the context, so after it is set up.
    stream_ = std::make_unique<asio::ssl::stream<Tcp::socket>>(io, context_);
  }

  void start(std::uint16_t port) {
    timer_.expires_after(kPatience);
    timer_.async_wait([self = shared_from_this()](const Error& error) {
      if (!error) self->finish({Finding::At::network, "no answer within 5 s"});
    });
    if (!found_.reason.empty()) return finish(found_);
    resolver_.async_resolve(host_, std::to_string(port), [self = shared_from_this()](const Error& error, auto found) {
      if (error) {
        return self->finish(
            {Finding::At::network, fmt::format("no address for '{}': {}", self->host_, error.message())});
      }
      asio::async_connect(self->stream_->next_layer(), found, [self](const Error& why, const auto& /*where*/) {
        if (why) return self->finish({Finding::At::network, why.message()});
        if (!self->tls_) return self->finish({});
        self->shake_hands();
      });
    });
  }

 private:
  void set_up(const TlsFiles& files) {
    Error error;
    if (files.ca.empty()) {
      context_.set_default_verify_paths(error);
    } else {
      context_.load_verify_file(files.ca, error);
    }
    if (!error && !files.certificate.empty()) {
      context_.use_certificate_chain_file(files.certificate, error);
      if (!error) context_.use_private_key_file(files.key, asio::ssl::context::pem, error);
    }
    if (files.revocation) {
      X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context_.native_handle()),
                                  X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    }
    if (error) found_ = {Finding::At::handshake, "the TLS files: " + error.message()};
  }

  void shake_hands() {
    Error ignored;
    stream_->set_verify_mode(asio::ssl::verify_peer, ignored);
    // SSL_set_tlsext_host_name(), which is a macro with a cast.
    SSL_ctrl(stream_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host_.data());
    stream_->set_verify_callback(
        [this](bool good, asio::ssl::verify_context& context) {
          if (!good && found_.reason.empty()) found_ = finding_of(context.native_handle());
          if (!good || X509_STORE_CTX_get_error_depth(context.native_handle()) > 0) return good;
          if (asio::ssl::host_name_verification(host_)(good, context)) return true;
          auto* certificate = X509_STORE_CTX_get_current_cert(context.native_handle());
          found_.at = Finding::At::handshake;
          found_.reason = fmt::format("the broker's certificate '{}' is not for '{}'", common_name(certificate), host_);
          return false;
        },
        ignored);
    stream_->async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](const Error& error) {
      if (!error) return self->wait_for_alert();
      if (self->found_.reason.empty()) self->found_ = {Finding::At::handshake, refusal(error)};
      self->finish(self->found_);
    });
  }

  void wait_for_alert() {
    timer_.expires_after(kAfterwards);
    timer_.async_wait([self = shared_from_this()](const Error& error) {
      if (!error) self->finish({});
    });
    stream_->async_read_some(asio::buffer(byte_), [self = shared_from_this()](const Error& error, std::size_t) {
      if (error.category() == asio::error::get_ssl_category()) {
        return self->finish({Finding::At::handshake, refusal(error)});
      }
      self->finish({});
    });
  }

  static std::string refusal(const Error& error) { return "the TLS handshake failed: " + error.message(); }

  void finish(Finding found) {
    timer_.cancel();
    resolver_.cancel();
    Error ignored;
    stream_->next_layer().close(ignored);
    if (auto done = std::exchange(done_, {})) done(std::move(found));
  }

  std::string host_;
  Tcp::resolver resolver_;
  asio::steady_timer timer_;
  asio::ssl::context context_;
  std::unique_ptr<asio::ssl::stream<Tcp::socket>> stream_;
  bool tls_;
  std::array<char, 1> byte_{};
  Finding found_;
  base::UniqueFunction<void(Finding)> done_;
};

}  // namespace

void probe_broker(asio::io_context& io, const std::string& host, std::uint16_t port,
                  const std::optional<TlsFiles>& files, base::UniqueFunction<void(Finding)> done) {
  asio::post(io, [&io, host, port, files, done = std::move(done)]() mutable {
    std::make_shared<Probe>(io, host, files, std::move(done))->start(port);
  });
}

}  // namespace wayside::uplink
