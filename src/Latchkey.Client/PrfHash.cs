using Latchkey.Crypto;
using Latchkey.Tls;

namespace Latchkey.Client;

/// <summary>A TLS 1.2 suite's PRF hash as item 4C carries it: TLS HashAlgorithm (RFC 5246 §7.4.1.4.1).</summary>
internal static class PrfHash
{
    public static byte Of(CipherSuite suite) => Of(suite.Digest());

    public static byte Of(DigestAlgorithm digest) => digest == DigestAlgorithm.Sha384 ? (byte)5 : (byte)4;
}
