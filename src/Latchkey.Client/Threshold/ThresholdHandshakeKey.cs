using Latchkey.Client.Links;
using Latchkey.Crypto;
using Latchkey.Splitting.Threshold;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls12;
using Latchkey.Tls.Tls13;
using Microsoft.Extensions.Logging;

namespace Latchkey.Client.Threshold;

/// <summary>
/// An RSA key that nobody has: several owners' key servers hold shares of it, each answers operations 41 and 42 with a partial signature, and this side combines as many as are
/// needed (catalogue X5). What comes out is verified with the certificate's key before it is used; whose answer was wrong is found by its proof, named, and replaced by
/// another's (attack 17). Thread-safe.
/// </summary>
/// <param name="key">What is public about the shares.</param>
/// <param name="verifier">The certificate's key. Lent.</param>
/// <param name="keyServers">At least as many as are needed. Lent.</param>
public sealed partial class ThresholdHandshakeKey(ThresholdKey key, PublicKey verifier, IReadOnlyList<KeyServerClient> keyServers, ILoggerFactory loggers, TimeProvider time) : IHandshakeKey
{
    private readonly ILogger _logger = CalmLogger.For<ThresholdHandshakeKey>(loggers);
    private readonly ShareHolders _holders = new(keyServers, time);

    /// <summary>They are, here, where somebody else can still be asked.</summary>
    public bool MustBeVerified => false;

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken)
    {
        var content = ServerKeyExchangeContent.Build(request.ClientRandom.Span, request.ServerRandom.Value.Span, request.Parameters.Span);
        return await SignAsync(request.Scheme, content, holder => PartialQuestions.AskAsync(holder, request, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken)
    {
        var content = CertificateVerifyContent.ForServer(request.TranscriptHash.Span);
        return await SignAsync(request.Scheme, content, holder => PartialQuestions.AskAsync(holder, request, cancellationToken), cancellationToken);
    }

    /// <summary>RSA key exchange is not served: whoever combined a shared decryption would learn the premaster secret with its padding.</summary>
    public ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken) =>
        throw new KeyHolderFailedException("Shares of a threshold key do not decrypt: RSA key exchange is not served with them.");

    private async Task<ReadOnlyMemory<byte>> SignAsync(SignatureScheme scheme, byte[] content, Func<KeyServerClient, Task<PartialSignature>> ask, CancellationToken cancellationToken)
    {
        var round = new SigningRound(key, verifier, scheme, content);
        await using var answers = _holders.Ask(ask, key.Threshold, cancellationToken);
        while (await answers.NextAsync() is (var holder, var partial))
        {
            if (!round.TryAdd(holder, partial))
            {
                Blame(holder, $"it answered with share {partial.Number}, which another has or nobody");
                answers.AskAnother();
                continue;
            }
            if (round.TryCombine() is { } signature)
            {
                foreach (var culprit in round.TakeCulprits())
                    Blame(culprit.Holder, $"its partial signature with share {culprit.Number} is wrong");
                return signature;
            }
            if (round.IsFull)
            {
                foreach (var culprit in round.RemoveUnproved())
                    Blame(culprit.Holder, $"its partial signature with share {culprit.Number} is wrong");
                answers.AskAnother();
            }
        }
        throw new KeyHolderFailedException($"{round.Count} of {key.Threshold} partial signatures by {key}: {answers.Failures}");
    }

    private void Blame(KeyServerClient holder, string reason)
    {
        _holders.Suspect(holder);
        LogCulprit(holder.Options.Name, reason);
    }

    [LoggerMessage(2060, LogLevel.Error, "Threshold signature: key server \"{Name}\" is to blame: {Reason}. The others are asked first from now on.")]
    private partial void LogCulprit(string name, string reason);
}
