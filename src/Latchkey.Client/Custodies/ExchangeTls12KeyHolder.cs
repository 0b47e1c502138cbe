using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls12;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>The key server has the private value and gives out the premaster secret (K3); of an RSA key exchange, the master secret (K4).</summary>
internal sealed class ExchangeTls12KeyHolder(KeyServerClient client, HandshakeFacts facts) : KeyServerTls12KeyHolder(client, facts)
{
    public override async ValueTask<Tls12Secrets> AgreeAsync(Tls12Agreement agreement, CancellationToken cancellationToken)
    {
        if (State is null)
            return await RemoteMasterSecret.AskAsync(Questions, Facts, null, agreement, cancellationToken);
        using var premaster = await Questions.AgreeAsync(KeyExchangeLevel.Premaster, State, agreement, session: null, cancellationToken);
        var master = MasterSecret.Derive(Facts.Crypto, Facts.CipherSuite.Digest(), premaster, Facts.ClientHello.Random.Span, ServerRandom.Span, agreement.SessionHash);
        return new LocalTls12Secrets(Facts.Crypto, Facts.CipherSuite, master, Facts.ClientHello.Random.Span, ServerRandom.Span);
    }
}
