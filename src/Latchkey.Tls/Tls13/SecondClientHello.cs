using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tls13;

/// <summary>The answer to a HelloRetryRequest must be the same hello again but for what RFC 8446 §4.1.2 lists.</summary>
internal static class SecondClientHello
{
    /// <summary>RFC 7685.</summary>
    private const ExtensionType Padding = (ExtensionType)21;

    public static void Check(ClientHello first, ClientHello second, NamedGroup requested)
    {
        ClientHelloRules.Check(second);
        if (first.LegacyVersion != second.LegacyVersion
            || !first.Random.Span.SequenceEqual(second.Random.Span)
            || !first.SessionId.Span.SequenceEqual(second.SessionId.Span)
            || !first.CipherSuites.SequenceEqual(second.CipherSuites))
        {
            throw Changed("its fixed fields");
        }

        if (second.EarlyData)
            throw Changed("early_data, which must go");
        if (second.KeyShares is not [var share] || share.Group != requested)
            throw Changed("key_share, which must be the one that was asked for");
        if (!Lasting(first).SequenceEqual(Lasting(second), SameExtension.Comparer))
            throw Changed("an extension");
    }

    private static IEnumerable<Extension> Lasting(ClientHello hello) => hello.Extensions.Where(extension => extension.Type is not
        (ExtensionType.KeyShare or ExtensionType.EarlyData or ExtensionType.Cookie or ExtensionType.PreSharedKey or Padding));

    private static PeerMisbehavedException Changed(string what) =>
        new(AlertDescription.IllegalParameter, $"The second ClientHello differs from the first in {what}.");

    private sealed class SameExtension : EqualityComparer<Extension>
    {
        public static SameExtension Comparer { get; } = new();

        public override bool Equals(Extension x, Extension y) => x.Type == y.Type && x.Body.Span.SequenceEqual(y.Body.Span);

        public override int GetHashCode(Extension obj) => (int)obj.Type;
    }
}
