using Latchkey.Interop.Deployment;
using Latchkey.Interop.Matrix;
using Latchkey.Testing;

namespace Latchkey.Interop.Handshakes;

/// <summary>The same keys in TLS 1.3, under every custody: the binder is verified at the key server, and neither the key nor anything above the cut comes to the edge.</summary>
[Trait("Catalogue", "G4")]
[Trait("Catalogue", "X2")]
public sealed class PreSharedKeyTls13Tests(PreSharedKeySites shared) : IClassFixture<PreSharedKeySites>
{
    private const byte ResumeTls13 = 0x48;

    [Theory]
    [InlineData("psk")]
    [InlineData("psk-exchange")]
    [InlineData("psk-master-secret")]
    [InlineData("psk-session-keys")]
    public async Task OpenSsl_is_served_by_its_key_in_one_round_trip(string site)
    {
        using var folder = new TemporaryFolder();
        var log = folder.File("keys");
        shared.Sites.Tap!.Clear();

        var result = await OpenSslAsync(site, "alice", PreSharedKeySites.Key, "-keylogfile", log);

        Assert.Contains($"{Origin.Greeting}, {HostOf(site)}", result.Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("Reused, TLSv1.3", result.Output, StringComparison.Ordinal);
        var link = shared.Sites.Tap.Messages;
        Assert.Equal(ResumeTls13, Assert.Single(link, message => message.IsRequest).Message.Opcode);
        Assert.DoesNotContain(link, message => message.Contains(Convert.FromHexString(PreSharedKeySites.Key)));
        var keys = KeyLog.Read(log);
        Assert.All(keys.TrafficSecrets, secret => Assert.Equal(site == "psk-session-keys", link.Any(message => message.Contains(secret))));
        Assert.DoesNotContain(link, message => message.Contains(keys.ExporterSecret));
    }

    [Theory]
    [InlineData("psk")]
    [InlineData("psk-session-keys")]
    public async Task A_client_whose_identity_nobody_knows_sees_the_certificate(string site)
    {
        var result = await OpenSslAsync(site, "mallory", PreSharedKeySites.Key);

        Assert.Contains("New, TLSv1.3", result.Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("BEGIN CERTIFICATE", result.Output, StringComparison.Ordinal);
    }

    private Task<ChildResult> OpenSslAsync(string site, string identity, string key, params string[] options) => ChildProcess.RunAsync(
        Tool.SkipUnless("openssl"),
        ["s_client", "-connect", $"127.0.0.1:{shared.Sites.Port}", "-servername", HostOf(site), "-ign_eof", "-tls1_3", "-psk_identity", identity, "-psk", key, .. options],
        Request(site));

    private static string HostOf(string site) => $"{site}.example.test";

    private static string Request(string site) => $"GET /hello HTTP/1.1\r\nHost: {HostOf(site)}\r\nConnection: close\r\n\r\n";
}
