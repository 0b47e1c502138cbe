using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Latchkey.KeyServer.Audit;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>
/// Attack 22: the owner cannot tell what an edge did with the key. Each use is in a hash-chained log with what was signed, and whoever takes a record out of it, changes
/// or moves one, cuts its end off or writes it anew leaves a trace.
/// </summary>
[Trait("Attack", "22")]
[Trait("Catalogue", "X7")]
public sealed class Attack22HiddenUseTests
{
    private const ushort EcdsaP256 = 0x0403;
    private const int Uses = 12;

    [Fact]
    public async Task What_an_edge_signed_is_found_in_the_log_by_its_transcript_hash()
    {
        await using var server = new AttackedKeyServer { Audits = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync("edge-b");
        var transcriptHash = RandomNumberGenerator.GetBytes(32);
        await edge.AskAsync(Requests.CertificateVerify(site, EcdsaP256, transcriptHash));

        var use = Assert.Single(AuditEntry.Read(server.AuditFolder), record => record["digest"] == Convert.ToHexStringLower(transcriptHash));

        Assert.Equal(("edge-b", "sign_certificate_verify"), (use["edge"], use["operation"]));
    }

    [Fact]
    public async Task With_raw_operations_the_log_knows_that_the_key_was_used_and_not_for_what()
    {
        await using var server = new AttackedKeyServer { Audits = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", rawOperations: true);
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var forged = Encoding.UTF8.GetBytes("anything at all, a token for instance");

        var signature = await edge.AskAsync(Requests.Raw(Opcode.EcdsaSignSha256, site, SHA256.HashData(forged)));

        Assert.True(site.Verifies(Crypto.SignatureScheme.EcdsaSecp256r1Sha256, forged, signature.Payload));
        var use = Assert.Single(AuditEntry.Read(server.AuditFolder), record => record["kind"] == "use");
        Assert.Equal(("raw_ecdsa_sha256", ""), (use["operation"], use["name"]));
    }

    public static TheoryData<string, string> Tricks { get; } = new()
    {
        { "take a record out", "record 6 follows record 4: record 5 is missing" },
        { "take the first records out", "is not the one that begins a file" },
        { "change a name", "record 5 is not what was written" },
        { "change a name and its hash", "record 6 is not what was written" },
        { "change a hash", "record 5 is not what was written" },
        { "exchange two records", "record 6 follows record 4" },
        { "double a record", "record 5 stands behind record 5: out of order" },
        { "cut the end off", "had been written: its end has been cut off" },
        { "cut a record short", "had been written: its end has been cut off" },
        { "cut the end off and set the head back", "" },
        { "write it anew from the changed record on", "is a signature that does not verify" },
        { "write it anew with a certificate of one's own", "names a certificate that is none of those given" },
        { "empty the file", "has no record" },
    };

    [Theory]
    [MemberData(nameof(Tricks))]
    public async Task A_log_that_was_tampered_with_is_told_with_the_first_broken_record(string trick, string told)
    {
        await using var server = new AttackedKeyServer { Audits = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using (var edge = await server.ConnectAsync())
        {
            for (var i = 0; i < Uses; i++)
                await edge.AskAsync(Requests.CertificateVerify(site, EcdsaP256, RandomNumberGenerator.GetBytes(32)));
        }
        await server.StopAsync();
        using var certificate = X509CertificateLoader.LoadCertificate(server.Certificate.RawData);
        var before = new AuditVerifier([certificate], []).Verify(server.AuditFolder);
        Assert.Null(before.Broken);
        Assert.Equal((Uses, Uses + 1), (before.Uses, before.SignedThrough));
        var file = Assert.Single(Directory.GetFiles(server.AuditFolder, "*.jsonl"));

        new Tamperer(file).Do(trick);
        var verdict = new AuditVerifier([certificate], []).Verify(server.AuditFolder);

        if (told.Length > 0)
            Assert.Contains(told, verdict.Broken, StringComparison.Ordinal);
        // Whoever can also write audit.head hides what came after the last signature; not from an owner who has noted a later head elsewhere.
        Assert.NotNull(new AuditVerifier([certificate], [before.Last]).Verify(server.AuditFolder).Broken);
    }

    [Fact]
    public async Task A_cut_end_stays_visible_when_the_key_server_goes_on()
    {
        await using var server = new AttackedKeyServer { Audits = true };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using (var edge = await server.ConnectAsync())
        {
            for (var i = 0; i < Uses; i++)
                await edge.AskAsync(Requests.CertificateVerify(site, EcdsaP256, RandomNumberGenerator.GetBytes(32)));
        }
        await server.StopAsync();
        var file = Assert.Single(Directory.GetFiles(server.AuditFolder, "*.jsonl"));
        new Tamperer(file).Do("cut the end off");

        await server.StartAsync();
        await server.StopAsync();

        Assert.Contains("are missing", new AuditVerifier([], []).Verify(server.AuditFolder).Broken, StringComparison.Ordinal);
    }

    /// <summary>Somebody with the right to write the log's files.</summary>
    private sealed class Tamperer(string file)
    {
        private readonly List<string> _lines = [.. File.ReadAllLines(file)];

        public void Do(string trick)
        {
            switch (trick)
            {
                case "take a record out":
                    _lines.RemoveAt(4);
                    break;
                case "take the first records out":
                    _lines.RemoveRange(0, 3);
                    break;
                case "change a name":
                    Change(4);
                    break;
                case "change a name and its hash":
                    Change(4);
                    Rehash(4, 4);
                    break;
                case "change a hash":
                    _lines[4] = _lines[4][..^10] + (_lines[4][^10] == '0' ? '1' : '0') + _lines[4][^9..];
                    break;
                case "exchange two records":
                    (_lines[4], _lines[5]) = (_lines[5], _lines[4]);
                    break;
                case "double a record":
                    _lines.Insert(5, _lines[4]);
                    break;
                case "cut the end off":
                    _lines.RemoveRange(_lines.Count - 4, 4);
                    break;
                case "cut a record short":
                    File.WriteAllText(file, string.Join('\n', _lines)[..^20]);
                    return;
                case "cut the end off and set the head back":
                    _lines.RemoveRange(_lines.Count - 4, 4);
                    File.WriteAllText(Path.Combine(Path.GetDirectoryName(file)!, "audit.head"), $"{_lines.Count:D20}:{HashOf(_lines[^1])}\n");
                    break;
                case "write it anew from the changed record on":
                    Change(4);
                    Rehash(4, _lines.Count - 1);
                    File.WriteAllText(Path.Combine(Path.GetDirectoryName(file)!, "audit.head"), $"{_lines.Count:D20}:{HashOf(_lines[^1])}\n");
                    break;
                case "write it anew with a certificate of one's own":
                    using (var authority = TestAuthority.Create())
                        _lines[0] = _lines[0][.._lines[0].IndexOf("\"certificate\"", StringComparison.Ordinal)] + $"\"certificate\":\"{Convert.ToBase64String(authority.Certificate)}\"" + _lines[0][_lines[0].IndexOf(",\"hash\"", StringComparison.Ordinal)..];
                    Rehash(0, _lines.Count - 1);
                    break;
                case "empty the file":
                    _lines.Clear();
                    break;
                default:
                    throw new ArgumentException(trick);
            }
            File.WriteAllText(file, string.Concat(_lines.Select(line => line + '\n')));
        }

        private void Change(int index)
        {
            Assert.Contains("\"edge\":\"edge-a\"", _lines[index], StringComparison.Ordinal);
            _lines[index] = _lines[index].Replace("\"edge\":\"edge-a\"", "\"edge\":\"edge-b\"", StringComparison.Ordinal);
        }

        private void Rehash(int from, int to)
        {
            for (var i = from; i <= to; i++)
            {
                var covered = _lines[i][..^75];
                byte[] before = i == 0 ? new byte[32] : Convert.FromHexString(HashOf(_lines[i - 1]));
                _lines[i] = $"{covered},\"hash\":\"{Convert.ToHexStringLower(SHA256.HashData([.. before, .. Encoding.UTF8.GetBytes(covered)]))}\"}}";
            }
        }

        private static string HashOf(string line) => line[^66..^2];
    }
}
