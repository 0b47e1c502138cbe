using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client;
using Latchkey.Configuration;
using Latchkey.Crypto;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Bench;

/// <summary>
/// Loads one key server with TLS 1.3 signatures (the structured operation an edge asks for most) from a number of callers, each of
/// which asks again as soon as it is answered.
/// </summary>
internal sealed class KeyServerBench(KeyServerLinkConfig link, int connections, TimeSpan duration)
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    public async Task<BenchResult> RunAsync(string endPoint, X509Certificate2 certificate, int callers, CancellationToken cancellationToken)
    {
        var open = await Task.WhenAll(Enumerable.Range(0, Math.Min(connections, callers)).Select(_ => ConnectAsync(endPoint, cancellationToken)));
        try
        {
            var key = KeyIdentity.Of(certificate.PublicKey.ExportSubjectPublicKeyInfo());
            var scheme = SchemeFor(certificate);
            await LoadAsync(open, key, scheme, callers, WarmUp, cancellationToken);
            var started = Stopwatch.GetTimestamp();
            var loads = await LoadAsync(open, key, scheme, callers, duration, cancellationToken);
            return BenchResult.Of(callers, Stopwatch.GetElapsedTime(started), loads);
        }
        finally
        {
            foreach (var connection in open)
                await connection.DisposeAsync();
        }
    }

    private Task<KeyServerConnection> ConnectAsync(string endPoint, CancellationToken cancellationToken) =>
        KeyServerConnection.ConnectAsync(
            KeyServerEndPoint.Parse(endPoint),
            new KeyServerConnectionOptions { Certificate = link.Certificate, TrustedAuthorities = link.Authorities, RequestKey = link.RequestKey },
            cancellationToken);

    private Task<CallerLoad[]> LoadAsync(KeyServerConnection[] open, KeyIdentity key, SignatureScheme scheme, int callers, TimeSpan time, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, callers).Select(caller => CallAsync(open[caller % open.Length], key, scheme, time, cancellationToken)));

    private async Task<CallerLoad> CallAsync(KeyServerConnection connection, KeyIdentity key, SignatureScheme scheme, TimeSpan time, CancellationToken cancellationToken)
    {
        var load = new CallerLoad();
        var hash = RandomNumberGenerator.GetBytes(DigestAlgorithm.Sha256.SizeInBytes());
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            BinaryPrimitives.WriteInt64BigEndian(hash, load.Latencies.Count); // no handshake is signed twice
            var asked = Stopwatch.GetTimestamp();
            var reply = await SignAsync(connection, key, scheme, hash, cancellationToken);
            load.Add(Stopwatch.GetElapsedTime(asked), reply.Error);
        }
        return load;
    }

    private ValueTask<KeylessReply> SignAsync(KeyServerConnection connection, KeyIdentity key, SignatureScheme scheme, byte[] hash, CancellationToken cancellationToken) =>
        connection.SignCertificateVerifyAsync(key, new SignCertificateVerifyItems { Scheme = (ushort)scheme, Context = 0, TranscriptHash = hash }, default, link.RequestTimeout, cancellationToken);

    private static SignatureScheme SchemeFor(X509Certificate2 certificate)
    {
        using var publicKey = CryptoProvider.Default.ImportPublicKey(certificate.PublicKey.ExportSubjectPublicKeyInfo());
        return publicKey.Algorithm switch
        {
            KeyAlgorithm.Rsa => SignatureScheme.RsaPssRsaeSha256,
            KeyAlgorithm.EcdsaP384 => SignatureScheme.EcdsaSecp384r1Sha384,
            KeyAlgorithm.Ed25519 => SignatureScheme.Ed25519,
            _ => SignatureScheme.EcdsaSecp256r1Sha256,
        };
    }

    /// <summary>What one caller saw.</summary>
    internal sealed class CallerLoad
    {
        public List<TimeSpan> Latencies { get; } = [];

        public Dictionary<KeylessError, int> Refusals { get; } = [];

        public void Add(TimeSpan latency, KeylessError error)
        {
            if (error == KeylessError.None)
                Latencies.Add(latency);
            else
                Refusals[error] = Refusals.GetValueOrDefault(error) + 1;
        }
    }
}
