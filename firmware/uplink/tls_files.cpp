#include "uplink/tls_files.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <vector>

namespace wayside::uplink {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using List = std::unique_ptr<X509_CRL, Freer<X509_CRL_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;

base::Error wrong(const std::string& file, const std::string& what) {
  return {base::Errc::config, base::Consequence::retry_later, file + ": " + what};
}

base::Result<Bio> open(const std::string& file) {
  Bio in(BIO_new_file(file.c_str(), "r"));
  const int why = errno;
  ERR_clear_error();
  if (!in) return wrong(file, fmt::format("cannot be read: {}", std::strerror(why)));
  return in;
}

// The certificates of a file, in their order; other things in it are passed over.
base::Result<std::vector<Certificate>> read_certificates(const std::string& file) {
  auto in = open(file);
  if (!in) return in.error();
  std::vector<Certificate> out;
  while (Certificate one{PEM_read_bio_X509(in->get(), nullptr, nullptr, nullptr)}) out.push_back(std::move(one));
  ERR_clear_error();
  if (out.empty()) return wrong(file, "holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  return out;
}

std::string name_of(const X509* certificate) {
  Bio text(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(text.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

base::WallTime end_of(const X509* certificate) {
  std::tm time{};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time);
  return base::WallTime{std::chrono::seconds{timegm(&time)}};
}

base::Result<void> check_lists(const std::string& file) {
  auto in = open(file);
  if (!in) return in.error();
  const List list(PEM_read_bio_X509_CRL(in->get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!list)
    return wrong(file, "'revocation' is asked for, but it holds no revocation list (-----BEGIN X509 CRL-----)");
  return {};
}

base::Result<void> check_key(const std::string& file, X509* certificate) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return wrong(file, fmt::format("cannot be read: {}", std::strerror(errno)));
  constexpr unsigned kOthers = 077;
  if ((status.st_mode & kOthers) != 0) {
    return wrong(file,
                 fmt::format("a private key that others may read (mode {:04o}): chmod 0600", status.st_mode & 07777U));
  }
  auto in = open(file);
  if (!in) return in.error();
  // An empty pass phrase, so that OpenSSL never asks a terminal for one.
  std::array<char, 1> none{};
  const Key key(PEM_read_bio_PrivateKey(in->get(), nullptr, nullptr, none.data()));
  ERR_clear_error();
  if (!key) return wrong(file, "holds no private key in PEM that is not encrypted");
  const bool fits = X509_check_private_key(certificate, key.get()) == 1;
  ERR_clear_error();
  if (!fits) return wrong(file, "this key does not belong to the certificate");
  return {};
}

}  // namespace

std::string openssl_version() { return OpenSSL_version(OPENSSL_VERSION_STRING); }

base::Result<std::optional<TlsTerm>> check_tls_files(const TlsFiles& files) {
  std::optional<TlsTerm> soonest;
  const auto take = [&soonest](TlsTerm term) {
    if (!soonest || term.until < soonest->until) soonest = std::move(term);
  };
  if (!files.ca.empty()) {
    const auto all = read_certificates(files.ca);
    if (!all) return all.error();
    const auto last = std::ranges::max_element(*all, {}, [](const auto& one) { return end_of(one.get()); });
    take({"the authority in " + files.ca + " (" + name_of(last->get()) + ")", end_of(last->get())});
    if (files.revocation) {
      if (auto good = check_lists(files.ca); !good) return good.error();
    }
  }
  if (!files.certificate.empty()) {
    const auto all = read_certificates(files.certificate);
    if (!all) return all.error();
    const auto& own = all->front();
    if (auto good = check_key(files.key, own.get()); !good) return good.error();
    take({"the gateway's certificate (" + name_of(own.get()) + ")", end_of(own.get())});
  }
  return soonest;
}

std::string tls_files_mark(const TlsFiles& files) {
  std::string out;
  for (const auto* file : {&files.ca, &files.certificate, &files.key}) {
    struct stat status {};
    if (file->empty() || stat(file->c_str(), &status) != 0) {
      out += "-;";
      continue;
    }
    out += fmt::format("{}.{}.{}.{};", status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  }
  return out;
}

void check_revocation_everywhere() {
  // The parameters that OpenSSL looks up by this name for each chain of a server; ours stand before its own.
  auto* parameters = X509_VERIFY_PARAM_new();
  X509_VERIFY_PARAM_set1_name(parameters, "ssl_server");
  X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_trust(parameters, X509_TRUST_SSL_SERVER);
  X509_VERIFY_PARAM_set_flags(parameters,
                              X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL | X509_V_FLAG_TRUSTED_FIRST);
  X509_VERIFY_PARAM_add0_table(parameters);
}

}  // namespace wayside::uplink
