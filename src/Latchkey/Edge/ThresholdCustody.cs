using Latchkey.Client;
using Latchkey.Client.Threshold;
using Latchkey.Configuration;
using Latchkey.Crypto;
using Latchkey.Splitting.Threshold;
using Latchkey.Tls.Custodies;
using Microsoft.Extensions.Logging;

namespace Latchkey.Edge;

/// <summary>The custody of a key that is shared among several key servers (X5): as with <c>signature</c>, all but the private key is here.</summary>
internal static class ThresholdCustody
{
    /// <param name="key">What is public about the shares.</param>
    /// <param name="holders">Who has them. Lent.</param>
    public static Custody Create(ThresholdKey key, IReadOnlyList<KeyServerClient> holders, ILoggerFactory loggers) =>
        new SignatureCustody(CustodyNames.Threshold, new ThresholdHandshakeKey(key, CryptoProvider.Default.ImportPublicKey(key.SubjectPublicKeyInfo.Span), holders, loggers, TimeProvider.System));
}
