select '{"note":"seen"}';
