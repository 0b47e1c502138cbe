using Latchkey.Client.Links;
using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.DelegatedCredentials;
using Microsoft.Extensions.Logging;

namespace Latchkey.Client.DelegatedCredentials;

/// <summary>
/// Delegated credentials for one certificate as its key server issues them (X6): each for a key that is made here, held in memory and replaced with it, asked for again when half of its
/// life is over. While there is none, handshakes ask the key server as before.
/// </summary>
public sealed partial class KeyServerDelegatedCredentials : DelegatedCredentialSource, IAsyncDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(5);

    /// <summary>The wall clock is looked at so often: it may be set, or a machine may have slept.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);

    /// <summary>Keys that were replaced are wiped when no handshake can be using them any more; each uses what it finds at once.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private readonly KeyServerClient _client;
    private readonly TlsCertificate _certificate;
    private readonly SignatureScheme _algorithm;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly DateTimeOffset _notBefore;
    private readonly DateTimeOffset _certificateEnd;
    private readonly Task _renewing;
    private HeldCredential? _held;
    private long _issued;
    private string? _failure;
    private bool _isMissed;

    /// <summary>Begins to ask at once, and again and again until it is disposed.</summary>
    /// <param name="client">Lent.</param>
    /// <param name="certificate">Whose key signs them.</param>
    /// <param name="terms">Of what is asked for.</param>
    /// <param name="loggers">Tells what is issued, and what is not.</param>
    /// <exception cref="ArgumentException">The certificate may not delegate: <see cref="Obstacle"/>.</exception>
    public KeyServerDelegatedCredentials(KeyServerClient client, TlsCertificate certificate, DelegatedCredentialTerms terms, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(terms);
        if (Obstacle(certificate) is { } obstacle)
            throw new ArgumentException($"Delegated credentials cannot be had: {obstacle}.", nameof(certificate));
        _logger = CalmLogger.For<KeyServerDelegatedCredentials>(loggers);
        _client = client;
        _certificate = certificate;
        _algorithm = AlgorithmOf(certificate.PublicKey)!.Value;
        Terms = terms;
        _time = client.Options.TimeProvider;
        var validity = DelegationCertificate.TryRead(certificate.Chain[0])!;
        (_notBefore, _certificateEnd) = (validity.NotBefore, validity.NotAfter);
        // As long as the site: no caller's activity should be carried along.
        using (ExecutionContext.SuppressFlow())
            _renewing = Task.Run(RenewAsync);
    }

    /// <summary>What is asked for.</summary>
    public DelegatedCredentialTerms Terms { get; }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Certificate => _certificate.Fingerprint;

    /// <inheritdoc/>
    public override ServedCredential? Current => Volatile.Read(ref _held) is { } held && held.IsGood(_time) ? held.Served : null;

    /// <summary>A snapshot.</summary>
    public DelegatedCredentialStatus Status =>
        new(Current is not null, Volatile.Read(ref _held)?.NotAfter, Interlocked.Read(ref _issued), Volatile.Read(ref _failure));

    /// <summary>Why no delegated credential can be had for a certificate; null: they can.</summary>
    public static string? Obstacle(TlsCertificate certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        // NSS looks for the algorithm of the certificate's signature in the extension, where RFC 9345 §4.1.1 has it in signature_algorithms; no rsa_pss_rsae scheme is ever there, and
        // it ends the handshake.
        if (certificate.PublicKey.Algorithm == KeyAlgorithm.Rsa)
            return "the certificate has an RSA key, and Firefox ends handshakes with delegated credentials that such a key has signed (expected an ECDSA key)";
        if (AlgorithmOf(certificate.PublicKey) is null)
            return $"TLS 1.3 has no signatures by a key of the kind {certificate.PublicKey.Algorithm}";
        return DelegationCertificate.TryRead(certificate.Chain[0]) is { MayDelegate: true }
            ? null
            : "the certificate lacks the extension DelegationUsage (1.3.6.1.4.1.44363.44), not critical, beside keyUsage with digitalSignature (RFC 9345 §4.2)";
    }

    /// <summary>Asks no more and wipes the key. To be called when no handshake uses it any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _renewing;
        Interlocked.Exchange(ref _held, null)?.Dispose();
        _stopping.Dispose();
    }

    private async Task RenewAsync()
    {
        var retry = new Backoff(FirstRetry);
        try
        {
            while (true)
            {
                if (await TryAskAsync() is { } next)
                {
                    retry.Reset();
                    await WaitAsync(next);
                    continue;
                }
                TellIfMissed();
                await WaitAsync(retry.Next(LastRetry));
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
        }
    }

    // By whichever clock is further: a wall clock that is set back must not put it off, and the other one may stand still while the machine sleeps.
    private async Task WaitAsync(TimeSpan duration)
    {
        var (from, began) = (_time.GetUtcNow(), _time.GetTimestamp());
        while (true)
        {
            var (shown, elapsed) = (_time.GetUtcNow() - from, _time.GetElapsedTime(began));
            var left = duration - (shown > elapsed ? shown : elapsed);
            if (left <= TimeSpan.Zero)
                return;
            await Task.Delay(left < LongestWait ? left : LongestWait, _time, _stopping.Token);
        }
    }

    /// <returns>In how long to ask again; null: it failed.</returns>
    private async ValueTask<TimeSpan?> TryAskAsync()
    {
        CredentialPair? pair = null;
        try
        {
            pair = CredentialPair.Create(Terms.Scheme);
            var asked = _time.GetTimestamp();
            var question = new IssueCredentialOperation(_certificate, _algorithm, Terms.Scheme, pair.Public.SubjectPublicKeyInfo, (uint)Terms.Lifetime.TotalSeconds);
            var reply = await _client.ExecuteAsync(question, mayFail: false, _stopping.Token);
            if (!reply.IsSuccess)
            {
                Fail($"the key server answered with error {reply.Error}, which is about another kind of question");
                return null;
            }
            var held = Hold(DelegatedCredential.TryParse(reply.Payload)!, pair, asked);
            if (!held.IsGood(_time))
            {
                Fail($"the credential that came ends at {held.NotAfter:u}, and by the clock here it is {_time.GetUtcNow():u}: it is over, or it lasts longer than clients believe in");
                return null;
            }
            pair = null;
            Replace(held);
            return UntilNext(held);
        }
        catch (KeyHolderFailedException e)
        {
            Volatile.Write(ref _failure, e.Message); // logged by the client
            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException || !_stopping.IsCancellationRequested)
        {
            // Whatever it was, as a request key that is away: the asking must not end for it.
            Fail(e.Message);
            return null;
        }
        finally
        {
            pair?.Dispose();
        }
    }

    private HeldCredential Hold(DelegatedCredential credential, CredentialPair pair, long asked)
    {
        var notAfter = _notBefore + credential.ValidTime;
        return new HeldCredential(new ServedCredential(credential, pair.Public, pair.Private), pair, notAfter, notAfter - Terms.Margin, Terms.Lifetime - Terms.Margin, asked);
    }

    private void Replace(HeldCredential held)
    {
        Interlocked.Increment(ref _issued);
        Volatile.Write(ref _failure, null);
        _isMissed = false;
        LogIssued(_client.Options.Name, Fingerprint, held.NotAfter);
        if (Interlocked.Exchange(ref _held, held) is { } replaced)
            _ = DisposeLaterAsync(replaced);
    }

    private void Fail(string reason)
    {
        Volatile.Write(ref _failure, reason);
        LogNotUsed(_client.Options.Name, Fingerprint, reason);
    }

    /// <summary>Once, when the last one has ended before the next has come.</summary>
    private void TellIfMissed()
    {
        if (_isMissed || Volatile.Read(ref _held) is null || Current is not null)
            return;
        _isMissed = true;
        LogMissed(_client.Options.Name, Fingerprint);
    }

    /// <summary>Half of what is left of its life, so that there is as much for whatever stands in the way then; not at the same moment as other edges. Where the certificate's end is near, not in ever smaller steps.</summary>
    private TimeSpan UntilNext(HeldCredential held)
    {
        var now = _time.GetUtcNow();
        // It is served for no longer than was asked for, also where this machine's clock is behind the key server's.
        var left = held.NotAfter - now;
        var half = (left < Terms.Lifetime ? left : Terms.Lifetime) / 2;
        var least = Terms.Lifetime / 20;
        if (_certificateEnd - now < Terms.Margin) // nothing is served any more until the certificate is renewed
            least = LastRetry;
        return (half > least ? half : least) * Jitter();
    }

    private static double Jitter() => 0.9 + (0.2 * Random.Shared.NextDouble());

    private async Task DisposeLaterAsync(HeldCredential replaced)
    {
        await Task.Delay(Grace, _time, CancellationToken.None);
        replaced.Dispose();
    }

    /// <summary>Of TLS 1.3, and what its clients offer most; null: there is none.</summary>
    private static SignatureScheme? AlgorithmOf(PublicKey key) => key.Algorithm switch
    {
        KeyAlgorithm.EcdsaP256 => SignatureScheme.EcdsaSecp256r1Sha256,
        KeyAlgorithm.EcdsaP384 => SignatureScheme.EcdsaSecp384r1Sha384,
        KeyAlgorithm.Ed25519 => SignatureScheme.Ed25519,
        _ => null,
    };

    private string Fingerprint => Convert.ToHexStringLower(Certificate.Span[..8]);

    [LoggerMessage(2070, LogLevel.Information, "Key server \"{KeyServer}\": a delegated credential for certificate {Certificate}… is served until {NotAfter:u}.")]
    private partial void LogIssued(string keyServer, string certificate, DateTimeOffset notAfter);

    [LoggerMessage(2071, LogLevel.Warning, "Key server \"{KeyServer}\": a delegated credential for certificate {Certificate}… is not used: {Reason}.")]
    private partial void LogNotUsed(string keyServer, string certificate, string reason);

    [LoggerMessage(2072, LogLevel.Warning, "Key server \"{KeyServer}\": the delegated credential for certificate {Certificate}… has ended and there is no other. Full handshakes ask the key server until there is.")]
    private partial void LogMissed(string keyServer, string certificate);
}
